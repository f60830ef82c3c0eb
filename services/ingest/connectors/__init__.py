"""Readers of the formats people have, one per file; each turns what it reads into envelopes."""
