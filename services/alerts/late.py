"""Keeps the history of a mailbox from ringing for everybody in it: some are called out, all are listed."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.alerts.announce import Announcement
from services.alerts.plan import value
from services.alerts.policy import Policy
from shared.plumbing.queries import query

PACKAGE = "services.alerts"
DAY = timedelta(days=1)


async def listed_only(
    connection: Any, policy: Policy, announcements: Sequence[Announcement], now: datetime
) -> frozenset[UUID]:
    """Return the alerts for which nobody is called upon: they come late, and enough such were told today."""
    late = [its for its in announcements if its.is_late and its.about.initiative is not None]
    if not late or not any(map(policy.reaches_people, (channel.name for channel in policy.channels))):
        return frozenset()
    initiatives = sorted({str(its.about.initiative) for its in late})
    # Two replicas that look at one mailbox tell no more than one does.
    await connection.execute(query(PACKAGE, "lock_attention"), [f"late in {name}" for name in initiatives])
    rows = await connection.fetch(query(PACKAGE, "late_of_today"), initiatives, now - DAY)
    return beyond(late, {row["initiative"]: row["alerts"] for row in rows}, policy.attention.late)


def beyond(late: Sequence[Announcement], told: dict[str, int], most: int) -> frozenset[UUID]:
    """Return those beyond `most` of their initiative, those `told` before counted in; the least valuable are."""
    counted, found = Counter[str | None](told), set[UUID]()
    for its in sorted(late, key=value, reverse=True):
        if counted[its.about.initiative] >= most:
            found.add(its.alert_id)
        counted[its.about.initiative] += 1
    return frozenset(found)
