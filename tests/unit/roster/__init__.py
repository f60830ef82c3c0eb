"""What people may write in a roster."""
