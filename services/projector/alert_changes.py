"""What a build would make of alerts: everybody judged under the model in force and under the one beside it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.projector.beside import next_relationships
from services.projector.build import Tell
from services.projector.store import Connection
from shared.alignment.model import Model
from shared.judging.switch import Foretold, Judgeable, foretell
from shared.plumbing.relationships import relationships

TOGETHER = 2000
"""Relationships fetched and judged at once."""

Row = dict[str, Any]


async def alert_changes(
    connection: Connection,
    live: tuple[int, Model],
    candidate: tuple[int, Model],
    at: datetime,
    tell: Tell,
) -> list[Row]:
    """Return which open alerts would lose their reasons at the moment, and for whom reasons would come to hold.

    `tell` hears how many relationships more have been judged.
    """
    rows: list[Row] = []
    after = 0
    while ids := await next_relationships(connection, after, TOGETHER):
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
    return sorted(rows, key=lambda row: (row["change"], row["initiative"], row["stakeholder"]))


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
        "reasons": [reason.value for reason in foretold.reasons],
        "score": its.outlook.score,
    }
