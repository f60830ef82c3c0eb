"""Runs alerts."""

from shared.plumbing.serve import serve
from shared.plumbing.settings import settings

serve("services.alerts.app:app", settings().alerts_http)
