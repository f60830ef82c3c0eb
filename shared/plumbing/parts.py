"""What judging the parts of an initiative needs from Postgres, under the model in force or one built beside it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from shared.judging.relationship import OpenAlert
from shared.judging.whole import Part
from shared.plumbing.queries import query
from shared.vocabulary import Reason

PACKAGE = "shared.plumbing"

Hole = tuple[str, Reason]
"""What is missing, and in which part."""


class Told(NamedTuple):
    """What has been told of a part."""

    part: str
    alert: OpenAlert | None
    settled_at: datetime | None
    """When somebody last resolved its alert by hand."""


async def parts(connection: Any, initiative: str, now: datetime, version: int | None = None) -> list[Part]:
    """Return how each function and level stands under the version, which must be in use; None is the one in force."""
    return [
        Part(initiative, **row)
        for row in await connection.fetch(query(PACKAGE, "judging_parts"), initiative, now, version)
    ]


async def known_holes(connection: Any, initiative: str) -> dict[Hole, datetime]:
    """Return since when there has been each hole that alerts has seen."""
    rows = await connection.fetch(query(PACKAGE, "judging_holes"), initiative)
    return {(row["part"], Reason(row["reason"])): row["since"] for row in rows}


async def told_of_parts(connection: Any, initiative: str, of: Collection[str]) -> list[Told]:
    """Return what has been told of the parts, and of all others that have an open alert."""
    rows = await connection.fetch(query(PACKAGE, "judging_part_alerts"), initiative, list(of))
    return [Told(row["part"], open_alert(row), row["settled_at"]) for row in rows]


def open_alert(row: Any) -> OpenAlert | None:
    """Return the alert of a whole as its row has it."""
    if row["alert_id"] is None:
        return None
    told = tuple(orjson.loads(row["reasons"]))
    return OpenAlert(
        row["alert_id"], Reason(row["reason"]), told, "alert", row["status"], row["snoozed_until"], row["assignee"]
    )
