"""The roster as Postgres holds it."""

from datetime import datetime
from typing import Any

import orjson

from shared.plumbing.queries import query

PACKAGE = "services.roster"


async def entries(connection: Any, initiative: str | None, at: datetime | None = None) -> list[dict[str, Any]]:
    """Return every relationship of the initiative, or of all; as the log says that it stood `at` a moment, if given."""
    if at is None:
        rows = await connection.fetch(query(PACKAGE, "entries"), initiative)
    else:
        rows = await connection.fetch(query(PACKAGE, "entries_at"), initiative, at)
    return [dict(row) | {"overrides": orjson.loads(row["overrides"] or "{}")} for row in rows]


async def changes(connection: Any, most: int, initiative: str | None, stakeholder: str | None) -> list[dict[str, Any]]:
    """Return the latest changes, oldest first."""
    rows = await connection.fetch(query(PACKAGE, "changes"), most, initiative, stakeholder)
    return [dict(row) | {name: row[name] and orjson.loads(row[name]) for name in ("before", "after")} for row in rows]


async def merges(connection: Any) -> list[dict[str, Any]]:
    """Return who was merged into whom."""
    return [dict(row) for row in await connection.fetch(query(PACKAGE, "merges"))]
