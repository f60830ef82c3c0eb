"""What commands of ingest ask the log; the services' own path needs no database."""

from datetime import datetime
from typing import Any

from shared.plumbing.queries import query


async def occurred_at(connection: Any, event_key: str) -> datetime | None:
    """Return when the log says that the event happened, None when it is not there."""
    moment: datetime | None = await connection.fetchval(query("services.ingest", "occurred_at"), event_key)
    return moment


async def source_health(connection: Any, moment: datetime) -> list[Any]:
    """Return how each source did as of the moment."""
    rows: list[Any] = await connection.fetch(query("services.ingest", "source_health"), moment)
    return rows
