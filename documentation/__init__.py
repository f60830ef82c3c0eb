"""What `docs/reference` is generated from: the code itself, so that the reference cannot lie."""
