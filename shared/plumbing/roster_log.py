"""The roster's log: what every change was, who made it and when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from shared.plumbing.queries import query

PACKAGE = "shared.plumbing"

Facts = dict[str, Any]
Standing = dict[tuple[str, str], Facts]
"""All that a roster says, by (initiative, stakeholder)."""


class Change(NamedTuple):
    """What became of one relationship; None where there is none."""

    initiative: str
    stakeholder: str
    before: Facts | None
    after: Facts | None

    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Return (before, after) of each fact that differs."""
        before, after = self.before or {}, self.after or {}
        names = dict.fromkeys([*before, *after])
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


async def standing(connection: Any, stakeholders: Iterable[str]) -> Standing:
    """Return what the roster says of these people."""
    rows = await connection.fetch(query(PACKAGE, "roster_standing"), sorted(set(stakeholders)))
    return {(row["initiative"], row["stakeholder"]): orjson.loads(row["entry"]) for row in rows}


def changes(before: Standing, after: Standing) -> list[Change]:
    """Return every difference, in the order in which people stood and then came."""
    found = (Change(*who, before.get(who), after.get(who)) for who in dict.fromkeys([*before, *after]))
    return [change for change in found if change.before != change.after]


async def record(connection: Any, kind: str, made: list[Change], at: datetime, by: str) -> None:
    """Append the changes to the log."""
    columns = (
        [change.initiative for change in made],
        [change.stakeholder for change in made],
        [_text(change.before) for change in made],
        [_text(change.after) for change in made],
    )
    await connection.execute(query(PACKAGE, "roster_record"), at, by, kind, *columns)


async def record_unnamed(connection: Any, kind: str, at: datetime, by: str) -> None:
    """Append that something was done about somebody, and nothing of whom."""
    await connection.execute(query(PACKAGE, "roster_record"), at, by, kind, [None], [None], [None], [None])


def _text(facts: Facts | None) -> str | None:
    return None if facts is None else orjson.dumps(facts).decode()
