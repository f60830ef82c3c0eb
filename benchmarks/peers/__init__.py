"""What a team would build or pick instead, doing as much of the same work as it can."""
