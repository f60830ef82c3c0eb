"""Shows people who drifts, why, and what would help, and lets them act on it: pages and a JSON API."""
