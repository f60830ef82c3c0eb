"""The roster in Postgres: who an initiative needs, and what of the log is theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from shared.errors import Refused
from shared.events.address import Spelling
from shared.events.handle import handle_of
from shared.plumbing import roster_log
from shared.plumbing.actor import os_user
from shared.plumbing.handle_key import verify
from shared.plumbing.queries import query
from shared.plumbing.roster_log import Change
from shared.roster import Entry

PACKAGE = "shared.plumbing"
NAMED_MAX = 5


class Put(NamedTuple):
    """What entering a roster changed."""

    added: list[tuple[str, str]]
    """(initiative, stakeholder) of relationships that are new."""
    changed: list[tuple[str, str]]
    """Those that were there and are different now."""
    unchanged: list[tuple[str, str]]


async def put(
    connection: Any,
    entries: Sequence[Entry],
    handle_key: bytes,
    at: datetime,
    by: str | None = None,
    spelling: Spelling = Spelling(),  # noqa: B008 -- frozen
) -> Put:
    """Enter all or nothing, once however often; whatever the log holds of them counts at once.

    What changed is remembered as `by`'s doing, our process's user where nobody is named. Raises Refused naming
    every address that belongs to somebody else.
    """
    async with connection.transaction():
        done, changes, relationships = await _enter(connection, entries, handle_key, spelling)
        await roster_log.record(connection, "entered", changes, at, by or os_user())
        if relationships:
            await connection.execute(query(PACKAGE, "roster_analyze"))
            await connection.fetchval("select projector.refold($1, $2)", relationships, at)
    return done


async def tried(
    connection: Any,
    entries: Sequence[Entry],
    handle_key: bytes,
    spelling: Spelling = Spelling(),  # noqa: B008 -- frozen
) -> tuple[Put, list[Change]]:
    """Return what `put` would change, and leave everything as it is."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        done, changes, _ = await _enter(connection, entries, handle_key, spelling)
    finally:
        await transaction.rollback()
    return done, changes


async def _identified(connection: Any, entries: Sequence[Entry]) -> list[Entry]:
    """Give every entry its stakeholder: who has one of the addresses, or else the one named, or new."""
    addresses = sorted({address for entry in entries for address in entry.addresses})
    known = dict(await connection.fetch(query(PACKAGE, "roster_known"), addresses))
    identified, taken = [], []
    for entry in entries:
        owners = [known[address] for address in entry.addresses if address in known]
        new = entry.suggested or entry.addresses[0]
        stakeholder = entry.stakeholder or next(iter(owners), new)
        identified.append(replace(entry, stakeholder=stakeholder))
        taken += [
            f"{address} is {known[address]}'s and cannot be {stakeholder}'s too"
            for address in entry.addresses
            if known.setdefault(address, stakeholder) != stakeholder
        ]
    if taken:
        raise Refused(f"addresses: {_some(taken)} — one address is one person")
    return identified


def _some(sentences: list[str]) -> str:
    more = len(sentences) - NAMED_MAX
    return "; ".join(sentences[:NAMED_MAX]) + (f"; and {more} more" if more > 0 else "")


async def _enter(
    connection: Any, given: Sequence[Entry], handle_key: bytes, spelling: Spelling
) -> tuple[Put, list[Change], list[int]]:
    """Write people, addresses and relationships; return what changed and which must be folded anew."""
    # Alone: a touchpoint folded meanwhile would be counted twice or never.
    await connection.execute(query(PACKAGE, "fold_lock"))
    entries = await _identified(connection, [_respelt(entry, spelling) for entry in given])
    before = await roster_log.standing(connection, [entry.stakeholder or "" for entry in entries])
    await connection.execute(query(PACKAGE, "roster_initiatives"), [entry.initiative for entry in entries])
    people = _columns(entries, "stakeholder", "name", "organisation")
    renamed = await connection.fetch(query(PACKAGE, "roster_people"), *people)
    grown = await _add_addresses(connection, entries, handle_key)
    facts = _columns(entries, "initiative", "stakeholder", "function", "level", "role", "owner")
    measures = _columns(entries, "importance", "cadence_days", "desired_band")
    overrides = [_json(entry.overrides) for entry in entries]
    rows = await connection.fetch(query(PACKAGE, "roster_stakeholders"), *facts, *measures, overrides)
    different = {row["stakeholder"] for row in [*renamed, *grown]}
    touched = {row["relationship_id"] for row in [*rows, *grown]} - {None}
    after = await roster_log.standing(connection, [entry.stakeholder or "" for entry in entries])
    return _compared(entries, rows, different), roster_log.changes(before, after), sorted(touched)


def _respelt(entry: Entry, spelling: Spelling) -> Entry:
    return replace(entry, addresses=tuple(dict.fromkeys(map(spelling.canonical, entry.addresses))))


async def _add_addresses(connection: Any, entries: list[Entry], handle_key: bytes) -> list[Any]:
    pairs = [(entry.stakeholder, address) for entry in entries for address in entry.addresses]
    await verify(connection, handle_key)
    handles = {handle_of(handle_key, address): address for _, address in pairs}
    await _refuse_suppressed(connection, handles)
    found: list[Any] = await connection.fetch(
        query(PACKAGE, "roster_addresses"),
        [stakeholder for stakeholder, _ in pairs],
        [address for _, address in pairs],
        [handle_of(handle_key, address) for _, address in pairs],
    )
    return found


async def _refuse_suppressed(connection: Any, addresses: dict[str, str]) -> None:
    rows = await connection.fetch(query(PACKAGE, "roster_suppressed"), list(addresses))
    if rows:
        who = _some([addresses[row["handle"].hex] for row in rows])
        raise Refused(f"addresses: {who} — forgotten or blocked; `attune privacy unblock ADDRESS` lets them in again")


def _compared(entries: list[Entry], rows: list[Any], different: set[str]) -> Put:
    """Sort the entries by what became of them."""
    is_new = {(row["initiative"], row["stakeholder"]): row["is_new"] for row in rows}
    done = Put([], [], [])
    for entry in entries:
        relationship = (entry.initiative, entry.stakeholder or "")
        if is_new.get(relationship):
            done.added.append(relationship)
        elif relationship in is_new or entry.stakeholder in different:
            done.changed.append(relationship)
        else:
            done.unchanged.append(relationship)
    return done


def _json(overrides: Mapping[str, float] | None) -> str | None:
    return None if overrides is None else orjson.dumps(dict(overrides)).decode()


def _columns(entries: list[Entry], *names: str) -> list[list[Any]]:
    return [[getattr(entry, name) for entry in entries] for name in names]
