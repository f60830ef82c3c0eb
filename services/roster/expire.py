"""Removes from the log what is older than it may be; what it was worth to each relationship is carried on."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from services.roster.store import PACKAGE
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query


class Expired(NamedTuple):
    """What was removed, or would be."""

    before_at: datetime
    """A midnight of UTC: the day of a touchpoint stays whole, or goes whole."""
    touchpoints: int
    people: int
    """Known or not."""


def midnight(now: datetime, days: int) -> datetime:
    """Return the midnight before which everything is more than so many days old."""
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=days), time(), UTC)


async def expiring(connection: Any, before_at: datetime) -> Expired:
    """Return what the log holds from before the moment."""
    row = await connection.fetchrow(query(PACKAGE, "expiring"), before_at)
    return Expired(before_at, row["touchpoints"], row["people"])


async def expire(connection: Any, before_at: datetime, at: datetime) -> Expired:
    """Remove it; nothing that happened earlier is taken in from then on, or it would count again."""
    async with connection.transaction():
        # Alone: what is being folded may be as old.
        await hold_fold_lock(connection)
        found = await expiring(connection, before_at)
        await connection.fetchval(query(PACKAGE, "expire"), before_at, at, timeout=None)
    return found
