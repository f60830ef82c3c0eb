"""The demo: a transformation of twelve weeks, told through the broker."""
