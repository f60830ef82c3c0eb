"""Runs the projector."""

from shared.plumbing.serve import serve
from shared.plumbing.settings import settings

serve("services.projector.app:app", settings().projector_http)
