"""Runs the console."""

from shared.plumbing.serve import serve
from shared.plumbing.settings import settings

chosen = settings()
serve("services.console.app:app", chosen.console_http, chosen.trusted_proxies)
