"""What the commands read from the published views."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from shared.errors import Refused
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings

NAMED_MAX = 20

Row = dict[str, Any]


async def alignment(chosen: Settings, initiative: str | None, at: datetime | None = None) -> list[Row]:
    """Return every relationship, now or as of a moment, lowest score first."""
    if at is None:
        return await rows(chosen, "alignment", [initiative])
    return await rows(chosen, "alignment_at", [initiative, at])


async def drifting(chosen: Settings, within: timedelta, initiative: str | None) -> list[Row]:
    """Return who will cross a line within the span, soonest first."""
    return await rows(chosen, "drifting", [within, initiative])


async def open_alerts(chosen: Settings, initiative: str | None) -> list[Row]:
    """Return the open alerts."""
    return await rows(chosen, "open_alerts", [initiative])


async def unjudged(chosen: Settings, initiative: str) -> int:
    """Return how many relationships alerts has yet to look at."""
    [row] = await rows(chosen, "unjudged", [initiative])
    return int(row["waiting"])


async def known(chosen: Settings, initiative: str | None) -> None:
    """Refuse an initiative that nobody is on: an empty list would look as if all were well."""
    if initiative is None:
        return
    names = [row["initiative"] for row in await rows(chosen, "initiatives", [])]
    if initiative not in names:
        raise Refused(unknown(initiative, names))


def unknown(initiative: str, names: Sequence[str]) -> str:
    """Say which initiatives there are instead."""
    if not names:
        return f"no initiative {initiative!r}; there are none yet: see `attune roster import`"
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return f"no initiative {initiative!r}; there are {', '.join(names[:NAMED_MAX])}{more}"


async def rows(chosen: Settings, name: str, arguments: Sequence[object]) -> list[Row]:
    """Run one of our statements."""
    statement = (files("services.cli") / "sql" / f"{name}.sql").read_text()
    async with session(chosen.database_url.get_secret_value(), "cli") as connection:
        return [dict(row) for row in await connection.fetch(statement, *arguments)]
