"""How the commands of alerts read and write: statements of sql/, and the database's own words where it refuses."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.errors import Refused
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import settings

PACKAGE = "services.alerts"
REFUSALS = frozenset({"AT001", "AT002", "AT003"})
HEX = 32
BEGINNING = "select alert_id from alerts.alerts where alert_id between $1 and $2 limit 2"
Row = dict[str, Any]


@asynccontextmanager
async def connected() -> AsyncIterator[Any]:
    """Lend a connection that knows JSON; what the database refuses is refused in its words."""
    async with session(settings().database_url.get_secret_value(), "commands") as connection:
        await connection.set_type_codec(
            "jsonb", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog", format="text"
        )
        try:
            yield connection
        except asyncpg.PostgresError as error:
            if getattr(error, "sqlstate", None) in REFUSALS:
                raise Refused(str(error)) from None
            raise


async def fetch(name: str, *arguments: object) -> list[Row]:
    """Return what a statement of sql/ finds."""
    async with connected() as connection:
        return [dict(row) for row in await connection.fetch(query(PACKAGE, name), *arguments)]


async def identified(connection: Any, prefix: str) -> UUID:
    """Return the one alert whose id begins so; raise Refused where it is none or several."""
    digits = prefix.strip().lower().replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{1,32}", digits):
        raise Refused(f"{prefix!r} is no id, nor the beginning of one: `attune alerts list` shows them")
    low, high = (UUID(digits.ljust(HEX, pad)) for pad in "0f")
    found = await connection.fetch(BEGINNING, low, high)
    if not found:
        raise Refused(f"there is no alert {prefix}: `attune alerts list --status all` names them")
    if len(found) > 1:
        raise Refused(f"{prefix} may be several alerts: write more of its id")
    return UUID(str(found[0]["alert_id"]))
