"""Removes what is logged of addresses that nothing may be taken in of any more."""

from datetime import datetime
from typing import Any, NamedTuple

from services.roster.forget import erase, forget
from services.roster.identity import Identity, known, still
from services.roster.store import PACKAGE
from shared.events.handle import handle_of
from shared.plumbing import roster_log
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query


class Removed(NamedTuple):
    """What a block took out."""

    people: int
    """Whose last address it was: nothing is held of them now."""
    addresses: int
    touchpoints: int


NOTHING = Removed(0, 0, 0)


async def block_address(
    connection: Any, who: Identity, address: str, key: bytes, at: datetime, by: str, domain: str | None = None
) -> Removed:
    """Keep nothing of the address, on account of its `domain` if given; whoever has no other one goes whole."""
    handle = handle_of(key, address)
    if who.person_id is None or who.addresses == (address,):
        done = await forget(connection, who, at, by, "blocked", domain)
        # Of a stranger the address book holds nothing, only the log.
        is_known = who.person_id is not None
        return Removed(int(is_known), len(who.addresses) * is_known, done.removed.get("projector.log", 0))
    async with connection.transaction():
        await hold_fold_lock(connection)
        await still(connection, who)
        await connection.execute("set local attune.forgetting = 'on'")
        before = await roster_log.standing(connection, [who.stakeholder])
        await connection.execute(query(PACKAGE, "suppress"), [handle], at, "blocked", domain)
        touchpoints = await erase(connection, (handle,))
        await connection.execute(query(PACKAGE, "remove_address"), address)
        await connection.fetchval("select projector.refold($1, $2)", list(who.relationships), at)
        after = await roster_log.standing(connection, [who.stakeholder])
        changes = roster_log.changes(before, after)
        await roster_log.record(connection, "blocked", [change._replace(before=None) for change in changes], at, by)
    return Removed(0, 1, touchpoints)


async def block_domain(connection: Any, domain: str, key: bytes, at: datetime, by: str) -> Removed:
    """Do so for every address of the book in the domain; handles alone do not tell theirs."""
    total = NOTHING
    for row in await connection.fetch(query(PACKAGE, "in_domain"), domain):
        # Anew each time: with every address that went the person has one less.
        who = await known(connection, row["person_id"])
        removed = await block_address(connection, who, row["address"], key, at, by, domain)
        total = Removed(*(one + other for one, other in zip(total, removed, strict=True)))
    return total
