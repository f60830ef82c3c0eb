"""The loop that judges what is due: nothing ticks, whoever has nothing to lose is left alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.alerts import store
from services.alerts.announce import Announcement, announce
from services.alerts.audience import Audience, audience
from services.alerts.content import contents
from services.alerts.judge import Change, Verdict, judge
from services.alerts.plan import Circumstances, Plan, Planned
from services.alerts.relationship import Relationship
from services.alerts.schedule import schedule
from shared.alignment.model import Model
from shared.plumbing import failpoint
from shared.plumbing.models import live_model

TOGETHER = 500
"""Relationships judged in one transaction."""

Judgement = tuple[Relationship, Any, Verdict]
"""A relationship with its state and what was made of it."""


class Judged(NamedTuple):
    """What one pass came to."""

    relationships: int
    announcements: Sequence[Announcement] = ()


async def judge_due(connection: Any, to: Audience, now: datetime, limit: int = TOGETHER) -> Judged:
    """Judge up to `limit` relationships that are due and record everything in one transaction."""
    async with connection.transaction():
        due = await store.take_due(connection, now, limit)
        live = await live_model(connection) if due else None
        if live is None:
            return Judged(0)
        await store.lock_open(connection, due)
        found = await store.relationships(connection, due, live[1], now)
        judged = [(its, state, judge(its, live[1], now)) for its, state in found]
        await store.record(connection, ((its, verdict) for its, _, verdict in judged), now)
        announcements = await _tell(connection, to, judged, live[1], now)
        failpoint.reach("alerts.before_commit")
    failpoint.reach("alerts.after_commit")
    return Judged(len(due), announcements)


async def _tell(
    connection: Any, to: Audience, judged: Sequence[Judgement], model: Model, now: datetime
) -> list[Announcement]:
    pairs = [(judgement, what) for judgement in judged if (what := announce(judgement[0], judgement[2], now))]
    schedules = {what.alert_id: schedule(what, to.policy) for _, what in pairs}
    announcements = await store.write(connection, [what for _, what in pairs], schedules)
    if announcements:
        written = {what.alert_id for what in announcements}
        spoken_of = [its for its, what in pairs if what.alert_id in written]
        stands = await _circumstances(connection, spoken_of, announcements, model, now)
        await store.tell(connection, Plan(to.policy, to.console_url, stands).all(announcements))
    return announcements


async def _circumstances(
    connection: Any, judged: Sequence[Judgement], announcements: Sequence[Announcement], model: Model, now: datetime
) -> Circumstances:
    touches = await store.touches(connection, [its.relationship_id for its, _, _ in judged])
    its = contents([its for its, _, _ in judged], [state for _, state, _ in judged], touches, model, now)
    return Circumstances(
        await store.mutes(connection, now),
        await store.spent(connection, day_began(now)),
        {what.alert_id: its.source for (its, _, _), what in zip(judged, announcements, strict=True)},
        {what.alert_id: content for what, content in zip(announcements, its, strict=True)},
    )


def day_began(now: datetime) -> datetime:
    """Return the midnight (UTC) that a day's budget is counted from."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


__all__ = ["Audience", "Change", "Judged", "Planned", "audience", "judge_due"]
