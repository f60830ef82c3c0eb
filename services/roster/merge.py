"""Makes one person of two, and two of one again; what each had fed is folded anew, exactly."""

from datetime import datetime
from typing import Any

from services.roster.identity import Identity, still
from services.roster.store import PACKAGE
from shared.errors import Refused
from shared.plumbing import roster_log
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query


async def merge(connection: Any, kept: Identity, gone: Identity, at: datetime, by: str) -> None:
    """Let `gone` be `kept` from now on; raise Refused unless both are different people on a roster."""
    if kept.person_id is None or gone.person_id is None:
        raise Refused("only people who are on a roster can be merged: add the address to the person's with an import")
    if kept.person_id == gone.person_id:
        raise Refused(f"both are {kept.stakeholder} already")
    people = [kept.stakeholder, gone.stakeholder]
    async with connection.transaction():
        # Alone: a touchpoint folded meanwhile would be counted twice or never.
        await hold_fold_lock(connection)
        for who in (kept, gone):
            await still(connection, who)
        before = await roster_log.standing(connection, people)
        changed = await connection.fetchval(
            "select roster.merge($1, $2, $3, $4)", kept.person_id, gone.person_id, at, by
        )
        await _done(connection, "merged", before, people, changed, at, by)


async def unmerge(connection: Any, stakeholder: str, at: datetime, by: str) -> str:
    """Part whoever was merged into somebody, and return from whom; raise Refused where that cannot be."""
    async with connection.transaction():
        await hold_fold_lock(connection)
        found = await connection.fetchrow(query(PACKAGE, "merge_of"), stakeholder)
        if found is None:
            raise Refused(f"{stakeholder!r} was not merged into anybody: see `attune people merges`")
        if found["covered_by"]:
            raise Refused(f"{found['covered_by']} was merged later and took {stakeholder} along: unmerge that first")
        if found["is_taken"]:
            raise Refused(f"somebody else is called {stakeholder} by now: forget or merge them first")
        people = [stakeholder, found["kept"]]
        before = await roster_log.standing(connection, people)
        changed = await connection.fetchval("select roster.unmerge($1)", found["merge_id"])
        await _done(connection, "unmerged", before, people, changed, at, by)
    return str(found["kept"])


async def _done(
    connection: Any,
    kind: str,
    before: roster_log.Standing,
    people: list[str],
    relationships: list[int],
    at: datetime,
    by: str,
) -> None:
    after = await roster_log.standing(connection, people)
    await roster_log.record(connection, kind, roster_log.changes(before, after), at, by)
    await connection.fetchval("select projector.refold($1, $2)", relationships, at)
