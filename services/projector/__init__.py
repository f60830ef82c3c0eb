"""projector logs accepted touchpoints once and folds them into the state of each relationship."""
