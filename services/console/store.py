"""What the pages and the API read, statement by statement."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import orjson

from services.console.listing import SQL_TYPES, Wanted, cursor, facts, read_cursor
from shared.alignment.model import Model
from shared.errors import Refused
from shared.plumbing.queries import query

PACKAGE = "services.console"
Row = dict[str, Any]

# A plan made for the filters at hand beats a generic one, and no page is large enough for compiling.
CONNECTION_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off"}
# Where ids are given, planning takes longer than doing. A plan outlives the small tables it may have been made for, so
# that it must never read a table from end to end.
PLANNED_ONCE = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off"
PLANNED_ANEW = "set plan_cache_mode = force_custom_plan; set enable_seqscan = on"
LOOKS_BACK = timedelta(days=730)
"""In a list's small pictures, older touchpoints weigh less than a pixel."""


EXPORTED = 5_000


class Page(NamedTuple):
    """The relationships of one page, in order, and where the next one begins."""

    ids: list[int]
    next: str | None


async def prepare(connection: Any) -> None:
    """Let Postgres' JSON arrive as what it says."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_dumped, decoder=orjson.loads, schema="pg_catalog", format="text")


def _dumped(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


@asynccontextmanager
async def planned_once(connection: Any) -> AsyncIterator[None]:
    """Let the statements of the block, each for a few ids, be planned once for as long as the connection lasts."""
    await connection.execute(PLANNED_ONCE)
    try:
        yield
    finally:
        await connection.execute(PLANNED_ANEW)


async def rows(connection: Any, name: str, *arguments: Any, **put: str) -> list[Row]:
    """Run one of our statements; `put` is what is written in the place of `:words` in it."""
    statement = query(PACKAGE, name)
    for word, text in put.items():
        statement = statement.replace(f":{word}", text)
    return [dict(row) for row in await connection.fetch(statement, *arguments)]


async def one(connection: Any, name: str, *arguments: Any) -> Row | None:
    """Return the one row of a statement, or None."""
    row = await connection.fetchrow(query(PACKAGE, name), *arguments)
    return dict(row) if row is not None else None


async def page(connection: Any, wanted: Wanted) -> Page:
    """Return one page of the list; raise Refused when its cursor is none."""
    order = wanted.order
    statement = (
        query(PACKAGE, "list")
        .replace(":key", order.expression)
        .replace(":type", SQL_TYPES[order.kind])
        .replace(":beyond", "<" if order.is_descending else ">")
        .replace(":way", "desc" if order.is_descending else "asc")
    )
    try:
        found = await connection.fetch(statement, *facts(wanted))
    except asyncpg.DataError:
        raise Refused("cursor: must be the `next` of a page in the same order") from None
    shown = found[: wanted.limit]
    is_more = len(found) > wanted.limit
    next_ = cursor(wanted.sort, shown[-1]["place"], shown[-1]["relationship_id"]) if is_more else None
    return Page([row["relationship_id"] for row in shown], next_)


async def exported(connection: Any, wanted: Wanted) -> tuple[list[Row], Wanted | None]:
    """Return a few thousand rows of a list, and what comes after them, if anything."""
    part = replace(wanted, limit=EXPORTED)
    ids, after = await page(connection, part)
    next_ = replace(part, after=read_cursor(after, part.sort)) if after else None
    return await rows(connection, "export", ids), next_


async def standing(connection: Any, ids: Sequence[int], now: datetime) -> dict[int, Row]:
    """Return how relationships stand at the moment, by id."""
    return {row["relationship_id"]: row for row in await rows(connection, "standing", list(ids), now)}


async def histories(
    connection: Any, ids: Sequence[int], version: int, since: datetime, until: datetime
) -> dict[int, list[Row]]:
    """Return what each touchpoint brought, by relationship."""
    by_id: dict[int, list[Row]] = {id_: [] for id_ in ids}
    for row in await connection.fetch(query(PACKAGE, "history"), version, list(ids), since, until):
        by_id[row["relationship_id"]].append(row)
    return by_id


async def doses(connection: Any, ids: Sequence[int], version: int, since: datetime, until: datetime) -> dict[int, Row]:
    """Return what the touchpoints of each relationship brought, column by column; without those nobody has met."""
    found = await rows(connection, "doses", version, list(ids), since, until)
    return {row["relationship_id"]: row for row in found}


class Models:
    """The model in force, parsed once per version."""

    def __init__(self) -> None:
        self.known: tuple[int, Model] | None = None

    async def live(self, connection: Any) -> tuple[int, Model]:
        """Return the version and the model in force; raise Refused before there is one."""
        version = await connection.fetchval("select version from projector.in_force")
        if version is None:
            raise Refused("no model is in force yet: start `attune run` once")
        if self.known is None or self.known[0] != version:
            definition = await connection.fetchval(
                "select definition from projector.models where version = $1", version
            )
            self.known = (version, Model.model_validate(definition))
        return self.known
