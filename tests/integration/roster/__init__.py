"""What entering a roster changes."""
