"""Kinds of touchpoint and reasons that people add, each in a file of its own."""
