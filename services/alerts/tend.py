"""The loop that says what is due by the clock or because a person acted: a snooze ends, a chain climbs, one is told."""

from datetime import datetime
from typing import Any

import orjson

from services.alerts import store
from services.alerts.announce import About, Announcement
from services.alerts.audience import Audience
from services.alerts.plan import Circumstances, Plan
from services.alerts.schedule import Schedule, schedule
from services.alerts.watch import day_began
from shared.plumbing.queries import query
from shared.vocabulary import Reason

PACKAGE = "services.alerts"
TOGETHER = 200
BY_CLOCK = frozenset({"returned", "escalated", "reminded"})
"""Events of ours; those of people are in the history already."""


async def tend_due(connection: Any, to: Audience, now: datetime, limit: int = TOGETHER) -> list[Announcement]:
    """Say what is due about up to `limit` alerts, in one transaction."""
    async with connection.transaction():
        due = [row["alert_id"] for row in await connection.fetch(query(PACKAGE, "take_to_tend"), now, limit)]
        rows = await connection.fetch(query(PACKAGE, "to_tend"), due) if due else []
        said = [announcement(row, now) for row in rows]
        if said:
            sources = {row["alert_id"]: row["last_source"] for row in rows}
            stands = Circumstances(
                await store.mutes(connection, now), await store.spent(connection, day_began(now)), sources
            )
            await store.tell(connection, Plan(to.policy, to.console_url, stands).all(said))
            await store.tended(connection, [(its, _next(its, to)) for its in said], BY_CLOCK)
    return said


def announcement(row: Any, now: datetime) -> Announcement:
    """Return what is said about an alert that something is pending for."""
    event = row["pending"] or "reminded"
    reasons = tuple(orjson.loads(row["reasons"]))
    is_step = event == "escalated"
    note = _why_it_returned(row) if event == "returned" else row["note"]
    return Announcement(
        row["alert_id"],
        row["relationship_id"],
        event,
        row["severity"],
        Reason(row["reason"]),
        list(reasons),
        row["score"],
        row["drifts_at"],
        row["summary"],
        now,
        About(*(row[name] for name in About._fields)),
        reasons,
        "open" if event == "returned" else row["status"],
        None,
        row["last_touch_at"],
        row["assignee"],
        row["snoozed_until"],
        row["actor"] or "attune",
        note,
        row["steps"] + 1 if is_step else row["steps"],
    )


def _next(its: Announcement, to: Audience) -> Schedule:
    return schedule(its, to.policy)


def _why_it_returned(row: Any) -> str:
    return f"the snooze until {row['snoozed_until']:%-d %B %Y %H:%M} UTC is over, and it still holds"
