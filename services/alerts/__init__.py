"""alerts judges relationships when they are due and tells people, with the reason."""
