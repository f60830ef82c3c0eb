"""What a person or program outside sees, end to end."""
