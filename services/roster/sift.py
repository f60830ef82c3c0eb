"""Takes out of the log what is held of whom the lists keep out by now; whoever they let in again may come in again."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from services.roster.forget import erase
from services.roster.store import PACKAGE
from shared.events.lists import Lists
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query


class Logged(NamedTuple):
    """Somebody of whom the log holds touchpoints."""

    handle: str
    """In hex."""
    address: str | None
    """None where they are on no roster: then nobody can tell their domain."""
    person_id: int | None
    touchpoints: int


class Sifted(NamedTuple):
    """What is taken out, or would be."""

    touchpoints: int
    addresses: int
    """Of people on rosters."""
    strangers: int
    untold: int
    """Strangers who stay, because a list names domains and of them only the handle is known."""


async def sift(connection: Any, lists: Lists, at: datetime, *, strangers: bool, dry_run: bool) -> Sifted:
    """Remove what the lists keep out; of `strangers` also whatever they may keep out. They name people by handle."""
    async with connection.transaction():
        # Alone: what is being folded may be theirs.
        await hold_fold_lock(connection)
        logged = [Logged(row["handle"].hex, *row[1:]) for row in await connection.fetch(query(PACKAGE, "logged"))]
        untold = [] if strangers else list(filter(lambda one: is_untold(one, lists), logged))
        gone = list(kept_out(logged, lists, strangers=strangers))
        if gone and not dry_run:
            await erase(connection, tuple(one.handle for one in gone))
            people = [one.person_id for one in gone if one.person_id is not None]
            await connection.fetchval(query(PACKAGE, "refold_people"), people, at, timeout=None)
    known = [one for one in gone if one.address]
    return Sifted(sum(one.touchpoints for one in gone), len(known), len(gone) - len(known), len(untold))


def kept_out(logged: Iterable[Logged], lists: Lists, *, strangers: bool) -> Iterator[Logged]:
    """Yield whom the lists keep out."""
    for one in logged:
        if strangers if is_untold(one, lists) else lists.why_not(one.address or "", one.handle):
            yield one


def is_untold(one: Logged, lists: Lists) -> bool:
    """Tell whether nobody can say what the lists make of somebody, because their domain is not known."""
    if one.address or one.handle in lists.blocked:
        return False
    may_be_let_in = one.handle not in lists.allowed and names_domain(lists.allowed)
    return names_domain(lists.blocked) or may_be_let_in


def names_domain(entries: Iterable[str]) -> bool:
    """Tell whether one of the entries is a domain; handles hold no dot."""
    return any("." in entry for entry in entries)
