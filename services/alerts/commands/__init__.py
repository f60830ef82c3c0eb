"""What people do about alerts, from the terminal."""
