"""What attune promises, one sentence per test."""
