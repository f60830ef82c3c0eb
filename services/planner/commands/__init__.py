"""What planner can be asked from the terminal."""
