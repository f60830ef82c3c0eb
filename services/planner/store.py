"""What planning needs from Postgres, and what is kept of a plan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.planner.calendar import Busy
from services.planner.propose import Plan
from shared.plumbing.queries import query

PACKAGE = "services.planner"
BEFORE = timedelta(days=1)
"""A meeting lasts a day at most: what began earlier is over."""


async def scope(connection: Any, initiative: str | None, owner: str | None, now: datetime) -> list[dict[str, Any]]:
    """Return every relationship of the initiatives that are planned for."""
    rows = await connection.fetch(query(PACKAGE, "scope"), initiative, owner, now)
    return [dict(row) | {"overrides": orjson.loads(row["overrides"])} for row in rows]


async def busy(connection: Any, now: datetime, until: datetime, handles: Mapping[str, str]) -> dict[str, list[Busy]]:
    """Return what takes each owner's time already, by owner in lower case; `handles` are of owners with an address."""
    owners, hashes = list(handles), list(handles.values())
    found: dict[str, list[Busy]] = defaultdict(list)
    for row in await connection.fetch(query(PACKAGE, "busy"), now - BEFORE, until, owners, hashes):
        begins = row["begins_at"]
        found[row["owner"].lower()].append((begins, begins + timedelta(minutes=row["minutes"])))
    return dict(found)


async def keep(connection: Any, plan: Plan, now: datetime) -> int:
    """Keep the plan and return its number."""
    async with connection.transaction():
        number = await connection.fetchval(
            query(PACKAGE, "keep_plan"),
            now,
            plan.ask.owner,
            plan.ask.initiative,
            plan.ask.hours,
            plan.until,
            plan.choice.value,
            plan.choice.solver,
            plan.choice.gap,
        )
        await connection.executemany(query(PACKAGE, "keep_line"), _records(number, plan))
    return int(number)


def _records(number: int, plan: Plan) -> list[tuple[Any, ...]]:
    return [
        (
            number,
            line.line,
            relationship,
            line.owner,
            line.kind,
            line.minutes,
            line.at,
            line.latest_day,
            line.days,
            plan.scores[relationship],
        )
        for line in plan.lines
        for relationship in line.relationships
    ]


async def accept(connection: Any, plan: int, lines: Sequence[int], now: datetime) -> list[int]:
    """Accept lines of a kept plan, all when none is named, and return which."""
    rows = await connection.fetch(query(PACKAGE, "accept"), plan, list(lines), now)
    return sorted({row["line"] for row in rows})


async def kept(connection: Any, plan: int | None) -> list[dict[str, Any]]:
    """Return what was proposed and what became of it."""
    return [dict(row) for row in await connection.fetch(query(PACKAGE, "kept"), plan)]
