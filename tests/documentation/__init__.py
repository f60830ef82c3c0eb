"""The documentation is true: its reference, its commands, its links, its examples."""
