"""What a team deploys agrees with the code."""
