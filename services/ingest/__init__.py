"""ingest turns what connectors report into accepted touchpoints, or refuses it with a reason."""
