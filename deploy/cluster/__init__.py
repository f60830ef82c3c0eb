"""A cluster of three NATS, two Postgres and replicas of every service: its configuration, and all of it on loopback."""
