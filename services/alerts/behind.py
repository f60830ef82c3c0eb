"""What is behind a relationship's alert as of now: its touches, what comes next, and what would help."""

from datetime import datetime
from typing import Any

from services.alerts import store
from services.alerts.content import contents
from shared.plumbing.models import live_model
from shared.plumbing.relationships import relationships


async def behind(connection: Any, relationship: int, now: datetime) -> dict[str, Any]:
    """Return what the content of an alert would say at the moment; nothing without a model in force."""
    live = await live_model(connection)
    found = await relationships(connection, [relationship], live[1], now) if live else []
    touches = await store.touches(connection, [relationship])
    content = contents([its for its, _ in found], [state for _, state in found], touches, live[1], now) if live else []
    return content[0] if content else {"touches": [], "forecast": None, "what_if": []}
