"""Postgres and NATS as child processes, for one machine without any set-up."""
