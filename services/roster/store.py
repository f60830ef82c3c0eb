"""The roster as Postgres holds it."""

from typing import Any

from shared.plumbing.queries import query


async def entries(connection: Any, initiative: str | None) -> list[dict[str, Any]]:
    """Return every relationship of the initiative, or of all."""
    return [dict(row) for row in await connection.fetch(query("services.roster", "entries"), initiative)]
