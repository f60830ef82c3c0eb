"""What runs attune for a team, and for more than one machine."""
