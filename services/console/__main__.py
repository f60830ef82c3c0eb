"""Runs the console."""

from shared.plumbing.serve import serve
from shared.plumbing.settings import settings

serve("services.console.app:app", settings().console_http)
