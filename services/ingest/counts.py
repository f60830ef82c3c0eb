"""What ingest has done since it started, for `/metrics`."""

from collections.abc import Sequence

from prometheus_client import Counter

from services.ingest.publish import Report

EVENTS = Counter("attune_ingest_events", "Events taken in, by source and outcome", ["source", "outcome"])


def count(reports: Sequence[Report]) -> None:
    """Add the reports to the counts."""
    for source, outcome in reports:
        EVENTS.labels(source, outcome.word).inc()
