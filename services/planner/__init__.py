"""planner says where the next hours do the most good, and keeps what was proposed."""
