"""What survives when something is killed."""
