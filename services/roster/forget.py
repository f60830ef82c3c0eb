"""Forgets a person: in one transaction out of every table, with proof, and kept out from then on."""

from datetime import datetime
from typing import Any, NamedTuple

from services.roster.identity import Identity, namesakes, still
from services.roster.store import PACKAGE
from shared.plumbing import roster_log
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query

Counts = dict[str, int]


class Forgotten(NamedTuple):
    """What was held of a person, by table, and what is found of them afterwards: nothing."""

    removed: Counts
    suppressed: int
    """Handles of which nothing is kept any more."""
    left: Counts
    """Rows that still speak of them, by table."""
    unsearched: list[str]
    """Names by which nothing could be looked for, because others have them too."""


async def forget(
    connection: Any, who: Identity, at: datetime, by: str, reason: str = "forgotten", domain: str | None = None
) -> Forgotten:
    """Remove the person and keep them out; committed on return, and nothing is changed if it raises.

    Who is kept out because their `domain` is blocked comes in again with it.
    """
    unsearched = await namesakes(connection, who)
    pattern = who.pattern(unsearched)
    async with connection.transaction():
        # Alone: what is being folded would come back, and whoever folds next sees the suppression.
        await hold_fold_lock(connection)
        await still(connection, who)
        await connection.execute("set local attune.forgetting = 'on'")
        removed = await held(connection, who)
        await connection.execute(query(PACKAGE, "suppress"), list(who.handles), at, reason, domain)
        await erase(connection, who.handles)
        await connection.execute(query(PACKAGE, "forget_log"), list(who.stakeholders))
        await connection.execute(query(PACKAGE, "forget_person"), who.person_id)
        await connection.execute(query(PACKAGE, "disown"), who.called())
        for relation, rows in await connection.fetch(query(PACKAGE, "hush"), pattern):
            removed[relation] = removed.get(relation, 0) + rows
        await connection.execute(query(PACKAGE, "scrub_log"), pattern, who.likes())
        await connection.execute(query(PACKAGE, "scrub_retractions"), pattern, who.likes())
        await roster_log.record_unnamed(connection, reason, at, by)
    return Forgotten(removed, len(who.handles), await mentions(connection, pattern), unsearched)


async def erase(connection: Any, handles: tuple[str, ...]) -> int:
    """Take the touchpoints of these handles out of the log and return how many; the caller holds the fold lock."""
    gone = await connection.fetchrow(query(PACKAGE, "erase_touchpoints"), list(handles))
    await connection.execute(query(PACKAGE, "promote"), gone["heads"] or [])
    return int(gone["touchpoints"])


async def held(connection: Any, who: Identity) -> Counts:
    """Return how many rows of each table are theirs."""
    rows = await connection.fetch(query(PACKAGE, "held"), who.person_id, list(who.handles))
    return {row["relation"]: row["rows"] for row in rows if row["relation"] != "roster.suppressed"}


async def mentions(connection: Any, pattern: str) -> Counts:
    """Return how many rows of each table speak of whom the pattern finds."""
    return {row["relation"]: row["rows"] for row in await connection.fetch(query(PACKAGE, "mentions"), pattern)}
