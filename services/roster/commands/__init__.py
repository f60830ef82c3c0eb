"""The commands of roster, one file each."""
