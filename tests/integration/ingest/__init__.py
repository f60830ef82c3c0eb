"""Ingest against real servers, from outside."""
