"""The commands that ask several services or none, one per file."""
