"""Runs ingest."""

from shared.plumbing.serve import serve
from shared.plumbing.settings import settings

serve("services.ingest.app:app", settings(without_database=True).ingest_http)
