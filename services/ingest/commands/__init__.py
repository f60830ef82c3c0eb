"""The commands through which touchpoints and their sources come in, one per file."""
