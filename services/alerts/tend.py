"""The loop that says what is due by the clock or because a person acted: a snooze ends, a chain climbs, one is told."""

from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

import orjson

from services.alerts import store
from services.alerts.addressees import CALLS
from services.alerts.announce import Announcement
from services.alerts.audience import Audience
from services.alerts.behind import behind
from services.alerts.plan import Facts
from services.alerts.release import Release
from services.alerts.schedule import Schedule, schedule
from services.alerts.standing import as_of_now, standing
from services.alerts.tell import releasing, tell
from shared.plumbing.queries import query

PACKAGE = "services.alerts"
TOGETHER = 200
OF_PEOPLE = frozenset({"acknowledged", "snoozed", "assigned", "resolved"})
"""What people do and others are told; it is in the history already."""
BY_CLOCK = frozenset({"returned", "escalated", "reminded"})
"""Events of ours."""
UNANSWERED = frozenset({"escalated", "reminded"})
"""What is only said once the call before it has reached somebody, and left them time."""


async def tend_due(connection: Any, to: Audience, now: datetime, limit: int = TOGETHER) -> list[Announcement]:
    """Say what is due about up to `limit` alerts, in one transaction."""
    async with connection.transaction():
        due = [row["alert_id"] for row in await connection.fetch(query(PACKAGE, "take_to_tend"), now, limit)]
        if not due:
            return []
        rows = await connection.fetch(query(PACKAGE, "to_tend"), due, sorted(CALLS), sorted(OF_PEOPLE))
        release = await releasing(connection, to.policy, (), now)
        later = {row["alert_id"]: at for row in rows if (at := _later(row, to, release, now)) is not None}
        said = [announcements(row, now) for row in rows if row["alert_id"] not in later]
        calls = [its.relationship_id for some in said for its in some if its.event in CALLS and its.relationship_id]
        known = await behind(connection, sorted(set(calls)), now)
        said = [[as_of_now(its, known) or its for its in some] for some in said]
        facts = Facts(
            {row["alert_id"]: row["last_source"] for row in rows},
            {row["alert_id"]: its.content for row in rows if (its := known.get(row["relationship_id"]))},
        )
        # One after the other of the same alert; the first of each is told together.
        for together in zip_longest(*said):
            await tell(connection, to, [its for its in together if its], now, facts)
        await store.tended(connection, [(its[-1], schedule(its[-1], to.policy)) for its in said], BY_CLOCK)
        await store.postpone(connection, later)
    return list(chain.from_iterable(said))


def announcements(row: Any, now: datetime) -> list[Announcement]:
    """Return what is said about an alert: all that people did, in order, or what the clock brings."""
    alert, done = standing(row, now), orjson.loads(row["by_hand"])
    if done:
        return [alert._replace(**_said(its)) for its in done]
    match row["pending"]:
        case "returned":
            return [alert._replace(event="returned", status="open", note=_why_it_returned(row))]
        case "escalated":
            return [alert._replace(event="escalated", step=alert.step + 1)]
        case _:
            return [alert._replace(event="reminded")]


def _said(done: dict[str, Any]) -> dict[str, Any]:
    happened_at = datetime.fromisoformat(done["happened_at"])
    return {"event": done["event"], "actor": done["actor"], "note": done["note"], "happened_at": happened_at}


def _later(row: Any, to: Audience, release: Release, now: datetime) -> Schedule | None:
    """Return what is due instead and when, where a call has not had its time, or nobody is to be called upon."""
    if row["pending"] not in UNANSWERED:
        return None
    its = standing(row, now)
    pending, at = schedule(its, to.policy, row["told_at"])
    mute = release.muted(its.about, row["last_source"])
    if at is not None and mute is not None:
        at = max(at, mute.ends_at)
    return (pending, at) if pending != row["pending"] or at is None or at > now else None


def _why_it_returned(row: Any) -> str:
    return f"the snooze until {row['snoozed_until']:%-d %B %Y %H:%M} UTC is over, and it still holds"
