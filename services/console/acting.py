"""What people do about alerts: allowed, done and audited in one transaction; the rules are those of alerts."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

import asyncpg

from services.console import accounts, store
from services.console.answers import Conflict, Missing
from services.console.counts import ACTIONS
from services.console.visitor import Visitor
from shared.errors import Refused
from shared.plumbing import failpoint
from shared.plumbing.postgres import untied

Action = Literal["acknowledge", "snooze", "resolve", "comment", "assign"]
STATES = {"AT001": Conflict, "AT002": Missing, "AT003": Refused}
"""What `alerts.act` raises, by its SQLSTATE."""
NOTE_MAX = 2000
LONGEST = timedelta(days=366)
"""As far ahead as a snooze or a mute may end."""


async def alert(connection: Any, alert_id: UUID, visitor: Visitor) -> store.Row:
    """Return an alert that the visitor may see; raise Missing otherwise, whichever of the two it is."""
    row = await store.one(connection, "alert", alert_id)
    if row is None or not is_theirs(row, visitor):
        raise Missing("there is no such alert")
    return row


def is_theirs(row: store.Row, visitor: Visitor) -> bool:
    """Tell whether an alert is the visitor's to see; one about a source is for those who see everything."""
    return visitor.initiatives is None or (row["initiative"] is not None and visitor.sees(row["initiative"]))


async def act(
    connection: Any,
    visitor: Visitor,
    alert_id: UUID,
    action: Action,
    now: datetime,
    *,
    until_at: datetime | None = None,
    note: str | None = None,
    address: str | None = None,
) -> None:
    """Acknowledge, snooze, resolve, comment on or assign an alert, and audit it; raise what keeps it from being."""
    await alert(connection, alert_id, visitor)
    if note is not None and (len(note) > NOTE_MAX or "\x00" in note):
        raise Refused(f"note: must be {NOTE_MAX} characters at most, without null characters")
    if until_at is not None and not now < until_at <= now + LONGEST:
        raise Refused(f"until_at: {until_at.isoformat()} — must lie ahead, {LONGEST.days} days at most")
    audit = partial(accounts.audit, connection, now, visitor.name, action, f"alert {alert_id}", address=address)

    async def acted() -> None:
        async with connection.transaction():
            await store.rows(connection, "act", alert_id, action, visitor.name, now, until_at, note)
            await audit(until_at=until_at)
            failpoint.reach("console.before_commit")
        failpoint.reach("console.after_commit")

    try:
        await untied(acted)
    except asyncpg.PostgresError as error:
        refusal = STATES.get(getattr(error, "sqlstate", ""))
        if refusal is None:
            raise
        ACTIONS.labels(action, "refused").inc()
        await audit(done=False, until_at=until_at)
        raise refusal(str(error)) from None
    ACTIONS.labels(action, "done").inc()
