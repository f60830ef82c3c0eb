"""Mutes: allowed, done and audited in one transaction; the rules are those of alerts."""

from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from services.console import accounts, store
from services.console.acting import LONGEST, NOTE_MAX, STATES
from services.console.answers import Forbidden, Missing
from services.console.counts import ACTIONS
from services.console.visitor import Visitor
from shared.errors import Refused

ID_MAX = 2**31 - 1


class Muted(NamedTuple):
    """What a mute covers: whatever matches all that is named."""

    initiative: str | None = None
    function: str | None = None
    stakeholder: str | None = None
    source: str | None = None


def offered(alert: store.Row, visitor: Visitor) -> dict[str, tuple[str, Muted]]:
    """Return what can be muted from an alert, by its word, and how that is called."""
    initiative = alert["initiative"]
    found: dict[str, tuple[str, Muted]] = {}
    if alert["stakeholder"]:
        found["person"] = (f"{alert['name']}", Muted(initiative, stakeholder=alert["stakeholder"]))
    if alert["function"]:
        found["function"] = (f"everybody in {alert['function']}", Muted(initiative, alert["function"]))
    if initiative:
        found["initiative"] = (f"all of {initiative}", Muted(initiative))
    if alert["source"] and visitor.initiatives is None:
        found["source"] = (f"what rests on {alert['source']}", Muted(source=alert["source"]))
    return found


async def mute(
    connection: Any,
    visitor: Visitor,
    what: Muted,
    now: datetime,
    ends_at: datetime,
    note: str | None,
    address: str,
) -> int:
    """Mute and return the mute's number; who is limited mutes within their initiatives alone."""
    if visitor.initiatives is not None and (what.initiative is None or not visitor.sees(what.initiative)):
        raise Forbidden("initiative: must be one of yours: you are limited to some")
    if any(word is not None and (len(word) > NOTE_MAX or "\x00" in word) for word in (*what, note)):
        raise Refused(f"must be {NOTE_MAX} characters at most, without null characters")
    if not now < ends_at <= now + LONGEST:
        raise Refused(f"ends_at: {ends_at.isoformat()} — must lie ahead, {LONGEST.days} days at most")
    async with connection.transaction():
        made = await _told(connection, "mute", visitor.name, now, ends_at, *what, note)
        await accounts.audit(
            connection, now, visitor.name, "mute", f"mute {made['id']}", address=address, until_at=ends_at
        )
    ACTIONS.labels("mute", "done").inc()
    return int(made["id"])


async def unmute(connection: Any, visitor: Visitor, number: int, now: datetime, address: str) -> None:
    """End a mute before its time; raise Missing where there is none that the visitor may see."""
    if number not in {row["id"] for row in await store.rows(connection, "mutes", visitor.scope, now)}:
        raise Missing(f"there is no mute {number} that still lasts")
    async with connection.transaction():
        await _told(connection, "unmute", number, now)
        await accounts.audit(connection, now, visitor.name, "unmute", f"mute {number}", address=address)
    ACTIONS.labels("unmute", "done").inc()


async def _told(connection: Any, name: str, *arguments: Any) -> store.Row:
    try:
        return await store.one(connection, name, *arguments) or {}
    except asyncpg.PostgresError as error:
        refusal = STATES.get(getattr(error, "sqlstate", ""))
        if refusal is None:
            raise
        raise refusal(str(error)) from None
