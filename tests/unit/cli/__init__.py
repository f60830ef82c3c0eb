"""Laws of the front door."""
