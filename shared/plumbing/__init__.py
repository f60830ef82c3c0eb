"""Clock, settings, Postgres, NATS and logs: everything that touches the world."""
