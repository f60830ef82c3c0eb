"""The arithmetic of alignment: pure, vectorised, without I/O."""
