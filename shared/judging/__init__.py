"""Which reasons hold for a relationship, which will, and what becomes of its alert: pure."""
