"""What a build would make of alerts: all is judged under the model in force and under the one beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.projector.beside import next_relationships
from services.projector.build import Tell
from services.projector.store import Connection
from shared.alignment.model import Model
from shared.judging.relationship import Because
from shared.judging.switch import Foretold, Judgeable, foretell, foretell_whole
from shared.judging.whole import EVER, because_of, holes
from shared.plumbing.parts import Hole, known_holes, parts, told_of_parts
from shared.plumbing.relationships import keep_depths, relationships

TOGETHER = 2000
"""Relationships fetched and judged at once."""

Row = dict[str, Any]
Side = tuple[int, Model]
"""A version that is in use, and its model."""


async def alert_changes(connection: Connection, live: Side, candidate: Side, at: datetime, tell: Tell) -> list[Row]:
    """Return which open alerts would lose their reasons at the moment, and for whom reasons would come to hold.

    `tell` hears how many relationships more have been judged.
    """
    rows = await _of_relationships(connection, live, candidate, at, tell)
    rows += await _of_parts(connection, live, candidate, at)
    return sorted(rows, key=lambda row: (row["change"], row["initiative"], row["part"] or "", row["stakeholder"] or ""))


async def _of_relationships(connection: Connection, live: Side, candidate: Side, at: datetime, tell: Tell) -> list[Row]:
    rows: list[Row] = []
    after = 0
    while ids := await next_relationships(connection, after, TOGETHER):
        for version, _ in (live, candidate):
            await keep_depths(connection, ids, at, version)
        # Both sides of one moment: what is folded between them would look like the model's doing.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            was, becomes = [await _judgeable(connection, ids, *its, at) for its in (live, candidate)]
        rows += [
            _row(becomes[who], foretold)
            for who in was.keys() & becomes.keys()
            if (foretold := foretell(was[who], becomes[who], at))
        ]
        after = ids[-1]
        tell(len(ids))
    return rows


async def _of_parts(connection: Connection, live: Side, candidate: Side, at: datetime) -> list[Row]:
    rows: list[Row] = []
    for [initiative] in await connection.fetch("select initiative from roster.initiatives"):
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            known = await known_holes(connection, initiative)
            was = await _holding(connection, initiative, live, known, at, at)
            seen = {(part, its.reason): its.since for part, found in was.items() for its in found}
            # What the live model knows nothing of came with the other one, and alerts notes it as such.
            becomes = await _holding(connection, initiative, candidate, known | seen, at, EVER)
            of_parts = await told_of_parts(connection, initiative, was.keys() | becomes.keys())
        for part, alert, settled_at in of_parts:
            its = foretell_whole(was.get(part, ()), becomes.get(part, ()), alert, settled_at, at)
            rows += [_row_of_part(initiative, part, its)] if its else []
    return rows


async def _holding(
    connection: Connection,
    initiative: str,
    side: Side,
    known: Mapping[Hole, datetime],
    at: datetime,
    else_since: datetime,
) -> dict[str, tuple[Because, ...]]:
    """Return what is missing in each part, since when alerts knows it, or else since the moment given."""
    version, model = side
    return {
        its.part: tuple(
            because_of(its, reason, known.get((its.part, reason), else_since), model.lines) for reason in holes(its)
        )
        for its in await parts(connection, initiative, at, version)
    }


async def _judgeable(
    connection: Connection, ids: Sequence[int], version: int, model: Model, at: datetime
) -> dict[int, Judgeable]:
    found = await relationships(connection, ids, model, at, version)
    return {its.relationship_id: Judgeable(its, model) for its, _ in found}


def _row(judged: Judgeable, foretold: Foretold) -> Row:
    its = judged.relationship
    return {
        "change": foretold.change,
        "initiative": its.initiative,
        "stakeholder": its.stakeholder,
        "name": its.name,
        "part": None,
        "reasons": [reason.value for reason in foretold.reasons],
        "score": its.outlook.score,
    }


def _row_of_part(initiative: str, part: str, foretold: Foretold) -> Row:
    return {
        "change": foretold.change,
        "initiative": initiative,
        "stakeholder": None,
        "name": None,
        "part": part,
        "reasons": [reason.value for reason in foretold.reasons],
        "score": None,
    }
