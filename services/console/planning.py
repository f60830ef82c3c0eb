"""Plans for pages and API alike: made beside the pages, kept, and accepted line by line."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from services.console import accounts, store
from services.console.answers import Conflict, Missing
from services.console.counts import ACTIONS
from services.console.means import Means
from services.console.visitor import Visitor
from shared.errors import Refused
from shared.planning.ask import HOURS_MAX, HOURS_MIN, TOUCHES_MAX, WITHIN_DAYS_MAX, Ask
from shared.planning.plan import Plan
from shared.planning.propose import propose
from shared.plumbing import plans
from shared.plumbing.owners_hours import read_hours
from shared.plumbing.postgres import connected

PLAN_MAX = 2**31 - 1
GOOD_FOR = timedelta(hours=12)
"""So long after a plan was made it can be kept as it was shown."""


def asked(hours: float, within_days: int, owner: str | None, initiative: str | None, touches: int = TOUCHES_MAX) -> Ask:
    """Return what is asked for; raise Refused naming field, value and rule."""
    if not HOURS_MIN <= hours <= HOURS_MAX:
        raise Refused(f"hours: {hours:g} — must be {HOURS_MIN:g} to {HOURS_MAX:g}")
    if not 1 <= within_days <= WITHIN_DAYS_MAX:
        raise Refused(f"within_days: {within_days} — must be 1 to {WITHIN_DAYS_MAX}")
    if not owner and not initiative:
        raise Refused("owner: is missing; say whose hours, or name an initiative for those of all its owners")
    return Ask(hours, timedelta(days=within_days), owner or None, initiative or None, touches)


async def proposed(means: Means, visitor: Visitor, ask: Ask, now: datetime) -> Plan:
    """Return the plan as of a moment, from what the visitor may see."""
    async with connected(means.pool) as connection:
        _, model = await means.models.live(connection)
        key = means.settings.handle_key.get_secret_value().encode()
        known = await plans.known(connection, ask, now, key, visitor.scope)
    hours = read_hours(means.settings.alerts_file)
    # It takes up to seconds: nobody's connection is held, and pages go on.
    return await means.planning.take(lambda: propose(known.rows, ask, now, model, hours.of, known.busy))


async def keep(connection: Any, visitor: Visitor, found: Plan, now: datetime, address: str) -> int:
    """Keep a plan and return its number."""
    async with connection.transaction():
        number = await plans.keep(connection, found, now)
        await accounts.audit(connection, now, visitor.name, "keep plan", f"plan {number}", address=address)
    ACTIONS.labels("keep plan", "done").inc()
    return number


async def accept(
    means: Means, connection: Any, visitor: Visitor, number: int, lines: Sequence[int], now: datetime, address: str
) -> list[int]:
    """Accept lines of a plan that was kept, all where none is named; raise Missing where the visitor sees none.

    Raises Conflict where a line lies in the past, or overlaps with what its owner or its people have then already.
    """
    ours = {line.line for line in await kept_lines(connection, visitor, number)}
    if unknown := sorted(set(lines) - ours):
        raise Missing(f"plan {number} has no line {unknown[0]}")
    key = means.settings.handle_key.get_secret_value().encode()
    async with connection.transaction():
        try:
            accepted = await plans.accept(connection, number, sorted(set(lines) or ours), now, key)
        except Refused as refused:
            raise Conflict(str(refused)) from refused
        await accounts.audit(
            connection, now, visitor.name, "accept plan", f"plan {number}", address=address, lines=accepted
        )
    ACTIONS.labels("accept plan", "done").inc()
    return accepted


async def withdraw(
    connection: Any, visitor: Visitor, number: int, lines: Sequence[int], now: datetime, address: str
) -> list[int]:
    """Take back the acceptance of lines, of all that are accepted, ahead and seen when none is named.

    Raises Missing where the visitor sees none, and Conflict where one is not accepted or past.
    """
    ours = await kept_lines(connection, visitor, number)
    if unknown := sorted(set(lines) - {line.line for line in ours}):
        raise Missing(f"plan {number} has no line {unknown[0]}")
    wanted = sorted(set(lines) or {line.line for line in ours if line.accepted_at and line.at > now})
    if not wanted:
        raise Conflict(f"plan {number}: nothing of it is accepted and lies ahead")
    async with connection.transaction():
        try:
            withdrawn = await plans.withdraw(connection, number, wanted, now)
        except Refused as refused:
            raise Conflict(str(refused)) from refused
        await accounts.audit(
            connection, now, visitor.name, "withdraw plan", f"plan {number}", address=address, lines=withdrawn
        )
    ACTIONS.labels("withdraw plan", "done").inc()
    return withdrawn


class Kept(NamedTuple):
    """One touch of a plan that was kept, and what became of it."""

    line: int
    owner: str | None
    kind: str
    minutes: int
    at: datetime
    latest_day: date
    people: list[str]
    stakeholders: list[str]
    initiatives: list[str]
    relationships: list[int]
    days: float
    worth: float | None
    why: str
    status: str
    accepted_at: datetime | None
    withdrawn_at: datetime | None
    done_at: datetime | None
    scores: list[tuple[str, float | None, float | None]]
    """Per relationship: the name, the score when it was proposed, and now."""


async def kept_lines(connection: Any, visitor: Visitor, number: int) -> list[Kept]:
    """Return the touches of a plan that the visitor may see; raise Missing where there is none."""
    rows = await store.rows(connection, "plan_lines", number, visitor.scope)
    if not rows and (visitor.initiatives is not None or await store.one(connection, "plan_kept", number) is None):
        raise Missing(f"there is no plan {number}")
    return [_kept(list(its)) for _, its in groupby(rows, lambda row: row["line"])]


def _kept(rows: Sequence[store.Row]) -> Kept:
    first = rows[0]
    done = [row["done_at"] for row in rows if row["done_at"]]
    return Kept(
        first["line"],
        first["owner"],
        first["kind"],
        first["minutes"],
        first["at"],
        first["latest_day"],
        list(dict.fromkeys(row["name"] for row in rows)),
        list(dict.fromkeys(row["stakeholder"] for row in rows)),
        sorted({row["initiative"] for row in rows}),
        [row["relationship_id"] for row in rows],
        first["days_bought"],
        first["worth"],
        first["why"],
        "done" if done else first["status"],
        first["accepted_at"],
        first["withdrawn_at"],
        min(done, default=None),
        [(row["name"], row["score_then"], row["score_now"]) for row in rows],
    )


def as_shown(found: Plan, line: int, key: str) -> None:
    """Raise Conflict unless the plan has the line that was shown: what it rests on may have changed meanwhile."""
    if key not in {key_of(its) for its in found.lines if its.line == line}:
        raise Conflict("the plan has changed meanwhile: look at it again")


def key_of(line: Any) -> str:
    """Return what makes a line the one that was shown."""
    return f"{line.at:%Y%m%dT%H%M} {line.kind} {line.minutes} {'-'.join(map(str, line.relationships))}"


def is_fresh(planned_at: datetime, now: datetime) -> bool:
    """Tell whether a plan that was shown may still be kept."""
    return now - GOOD_FOR <= planned_at <= now
