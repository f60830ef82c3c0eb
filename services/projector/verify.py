"""Holds the live states against the log, without changing anything."""

from typing import Any

from services.projector.build import Tell
from services.projector.compare import EQUAL_TO
from services.projector.store import PACKAGE, Connection
from shared.plumbing.queries import query

TOGETHER = 500
"""Relationships folded by one statement."""


async def relationships(connection: Connection, sample: int | None) -> list[int]:
    """Return all relationships, or so many of them by chance."""
    return [row[0] for row in await connection.fetch(query(PACKAGE, "relationships"), sample)]


async def verify(connection: Connection, of: list[int], tell: Tell) -> list[dict[str, Any]]:
    """Return who stands otherwise than the log says, where, and how far; all as of one moment."""
    found: list[dict[str, Any]] = []
    # One snapshot, in which every touchpoint is logged and folded or neither.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for first in range(0, len(of), TOGETHER):
            some = of[first : first + TOGETHER]
            for name in ("check_states", "check_days"):
                found += map(dict, await connection.fetch(query(PACKAGE, name), some, EQUAL_TO))
            tell(len(some))
    return found
