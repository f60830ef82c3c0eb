"""What holds between us and a real Postgres and NATS."""
