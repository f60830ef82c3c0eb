"""Plans: what they need from Postgres, how they are made, and what is kept of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from shared.errors import Refused
from shared.events.handle import handle_of
from shared.planning.ask import Ask
from shared.planning.calendar import Busy
from shared.planning.plan import Plan
from shared.planning.rows import is_meant
from shared.plumbing.handle_key import verify
from shared.plumbing.queries import query

PACKAGE = "shared.plumbing"
NAMED_MAX = 20
BEFORE = timedelta(days=1)
"""A meeting lasts a day at most: what began earlier is over."""


async def scope(connection: Any, initiative: str | None, owner: str | None, now: datetime) -> list[dict[str, Any]]:
    """Return every relationship of the initiatives that are planned for."""
    rows = await connection.fetch(query(PACKAGE, "plan_scope"), initiative, owner, now)
    return [dict(row) | {"overrides": orjson.loads(row["overrides"])} for row in rows]


async def busy(connection: Any, now: datetime, until: datetime, handles: Mapping[str, str]) -> dict[str, list[Busy]]:
    """Return what takes each owner's time already, by owner in lower case; `handles` are of owners with an address."""
    owners, hashes = list(handles), list(handles.values())
    found: dict[str, list[Busy]] = defaultdict(list)
    for row in await connection.fetch(query(PACKAGE, "plan_busy"), now - BEFORE, until, owners, hashes):
        begins = row["begins_at"]
        found[row["owner"].lower()].append((begins, begins + timedelta(minutes=row["minutes"])))
    return dict(found)


class Known(NamedTuple):
    """What Postgres says of the matter that is planned."""

    rows: list[dict[str, Any]]
    busy: Mapping[str, Sequence[Busy]]


async def known(
    connection: Any, ask: Ask, now: datetime, handle_key: bytes, sees: Sequence[str] | None = None
) -> Known:
    """Return what a plan is made from; raise Refused when there is nothing to plan for.

    `sees` are the initiatives that whoever asks may see, None for all of them.
    """
    rows = _seen(await scope(connection, ask.initiative, ask.owner, now), sees)
    if not any(is_meant(row, ask) for row in rows):
        raise Refused(_nobody(_seen(await scope(connection, None, None, now), sees), ask))
    if handle_key:
        await verify(connection, handle_key)
    handles = handles_of(handle_key, {row["owner"] for row in rows if row["owner"]})
    return Known(rows, await busy(connection, now, now + ask.within, handles))


def _seen(rows: Sequence[dict[str, Any]], sees: Sequence[str] | None) -> list[dict[str, Any]]:
    return [row for row in rows if sees is None or row["initiative"] in sees]


def _nobody(everyone: Sequence[Mapping[str, Any]], ask: Ask) -> str:
    """Say why there is nothing to plan for."""
    names = sorted({row["initiative"] for row in everyone})
    if ask.initiative is not None and ask.initiative not in names:
        return f"no initiative {ask.initiative!r}; there are {', '.join(names[:NAMED_MAX]) or 'none yet'}"
    owners = sorted({row["owner"] for row in everyone if row["owner"]})
    where = f" in {ask.initiative}" if ask.initiative else ""
    return (
        f"nobody{where} has the owner {ask.owner!r}; "
        f"owners are {', '.join(owners[:NAMED_MAX]) or 'not named on any roster'}"
    )


def handles_of(key: bytes, owners: set[str]) -> dict[str, str]:
    """Return the handles of those owners who are called by an address; none without a key."""
    spelled = {owner: owner.strip().lower() for owner in sorted(owners) if "@" in owner}
    return {owner: handle_of(key, address) for owner, address in spelled.items()} if key else {}


async def keep(connection: Any, plan: Plan, now: datetime) -> int:
    """Keep the plan and return its number."""
    async with connection.transaction():
        number = await connection.fetchval(
            query(PACKAGE, "plan_keep"),
            now,
            plan.ask.owner,
            plan.ask.initiative,
            plan.ask.hours,
            plan.until,
            plan.worth,
            plan.choice.solver,
            plan.choice.gap,
        )
        await connection.executemany(query(PACKAGE, "plan_keep_line"), _records(number, plan))
    return int(number)


def _records(number: int, plan: Plan) -> list[tuple[Any, ...]]:
    return [
        (
            number,
            line.line,
            relationship,
            line.owner,
            line.kind,
            line.minutes,
            line.at,
            line.latest_day,
            line.days,
            plan.scores[relationship],
            line.why,
            line.worth,
        )
        for line in plan.lines
        for relationship in line.relationships
    ]


async def accept(connection: Any, plan: int, lines: Sequence[int], now: datetime, handle_key: bytes) -> list[int]:
    """Accept lines of a kept plan, all when none is named, and return which; all or none of them.

    Raises Refused where there is no such plan or line, where a line's time is past, where its owner or one of its
    people has something else at that time (a line that was accepted, or a meeting that is booked), and where one of its
    people has been booked otherwise since the plan was made, for a time before its end.
    """
    if handle_key:
        await verify(connection, handle_key)
    async with connection.transaction():
        numbered = await _numbered(connection, plan, lines)
        handles = handles_of(handle_key, {row["owner"] for row in numbered if row["owner"]})
        theirs = list(handles), list(handles.values())
        refusals = await connection.fetch(query(PACKAGE, "plan_refusals"), plan, list(lines), now, *theirs)
        if refusals:
            raise Refused(_refused(plan, refusals, lines or [row["line"] for row in numbered]))
        rows = await connection.fetch(query(PACKAGE, "plan_accept"), plan, list(lines), now)
    return sorted({row["line"] for row in rows})


async def withdraw(connection: Any, plan: int, lines: Sequence[int], now: datetime) -> list[int]:
    """Take back the acceptance of lines, of all that are accepted and ahead when none is named, and return which.

    Raises Refused, and changes nothing, where there is no such plan or line, and where one is not accepted or past.
    """
    async with connection.transaction():
        numbered = await _numbered(connection, plan, lines)
        ahead = {row["line"] for row in numbered if row["is_accepted"] and row["at"] > now}
        if not ahead:
            raise Refused(f"plan {plan}: nothing of it is accepted and lies ahead")
        if others := sorted({*lines} - ahead):
            named = ", ".join(map(str, others))
            raise Refused(f"plan {plan}: nothing was withdrawn: not accepted, or past, is line {named}")
        withdrawn = sorted({*lines} or ahead)
        await connection.execute(query(PACKAGE, "plan_withdraw"), plan, withdrawn, now)
    return withdrawn


async def _numbered(connection: Any, plan: int, lines: Sequence[int]) -> list[Any]:
    """Return the lines of a plan, whoever changes them waiting for us; raise Refused where one of these is none."""
    numbered: list[Any] = await connection.fetch(query(PACKAGE, "plan_numbers"), plan)
    if not numbered:
        raise Refused(await _nothing(connection, plan))
    if missing := sorted({*lines} - {row["line"] for row in numbered}):
        named = ", ".join(map(str, missing))
        raise Refused(f"plan {plan} has no line {named}: `attune plan list` shows them")
    return numbered


async def _nothing(connection: Any, plan: int) -> str:
    """Say why a plan has no lines."""
    if await connection.fetchval(query(PACKAGE, "plan_is_kept"), plan):
        return f"plan {plan} has no lines"
    return f"there is no plan {plan}: `attune plan list` shows those that were saved"


def _refused(plan: int, refusals: Sequence[Mapping[str, Any]], wanted: Sequence[int]) -> str:
    """Say why nothing was accepted, and what could be."""
    reasons = "; ".join(f"line {row['line']}: {row['reason']}" for row in refusals)
    others = sorted({*wanted} - {row["line"] for row in refusals})
    could = f" (without them it can be accepted: {' '.join(map(str, others))})" if others else ""
    return f"plan {plan}: nothing was accepted: {reasons}{could}"


async def kept(
    connection: Any, plan: int | None, most: int | None = None, before: int | None = None
) -> list[dict[str, Any]]:
    """Return what was proposed and what became of it, in one plan or the latest; raise Refused where there is none."""
    rows = [dict(row) for row in await connection.fetch(query(PACKAGE, "plan_kept"), plan, most, before)]
    if plan is not None and not rows and not await connection.fetchval(query(PACKAGE, "plan_is_kept"), plan):
        raise Refused(await _nothing(connection, plan))
    return rows
