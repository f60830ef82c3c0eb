"""Chooses where the next hour does the most good."""
