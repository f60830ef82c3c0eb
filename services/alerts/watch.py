"""The loop that judges what is due: nothing ticks, whoever has nothing to lose is left alone."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.alerts import store
from services.alerts.announce import Announcement, announce
from services.alerts.audience import Audience, audience
from services.alerts.content import contents
from services.alerts.late import listed_only
from services.alerts.plan import Facts
from services.alerts.schedule import schedule
from services.alerts.tell import tell
from shared.alignment.model import Model
from shared.judging.judge import Change, Verdict, judge
from shared.judging.relationship import Relationship
from shared.plumbing import failpoint
from shared.plumbing.models import live_model
from shared.plumbing.relationships import keep_depths, relationships

log = logging.getLogger("alerts")

TOGETHER = 500
"""Relationships judged in one transaction."""
TRIED_AGAIN_AFTER = timedelta(hours=1)


class Judgement(NamedTuple):
    """What was made of a relationship, and what is to be told of it."""

    relationship: Relationship
    state: Any
    verdict: Verdict
    announcement: Announcement | None


class Judged(NamedTuple):
    """What one pass came to."""

    relationships: int
    announcements: Sequence[Announcement] = ()


async def judge_due(connection: Any, to: Audience, now: datetime, limit: int = TOGETHER) -> Judged:
    """Judge up to `limit` relationships that are due and record everything in one transaction."""
    if not await store.is_any_due(connection, now):
        return Judged(0)
    async with connection.transaction():
        due = await store.take_due(connection, now, limit)
        live = await live_model(connection) if due else None
        if live is None:
            return Judged(0)
        await store.lock_open(connection, due)
        await keep_depths(connection, due, now)
        found = await relationships(connection, due, live[1], now)
        judged = [_judged(its, state, live[1], now) for its, state in found]
        await store.record(connection, ((its.relationship, its.verdict) for its in judged), now)
        announcements = await _tell(connection, to, judged, live[1], now)
        failpoint.reach("alerts.before_commit")
    failpoint.reach("alerts.after_commit")
    return Judged(len(due), announcements)


def _judged(relationship: Relationship, state: Any, model: Model, now: datetime) -> Judgement:
    try:
        verdict = judge(relationship, model, now)
        return Judgement(relationship, state, verdict, announce(relationship, verdict, now))
    except Exception:  # reasons of one's own can fail in whatever way they like
        # One that cannot be reckoned with must not keep everybody else from being judged.
        log.exception("%s in %s cannot be judged", relationship.relationship_id, relationship.initiative)
        verdict = Verdict(Change.POSTPONED, wake_at=now + TRIED_AGAIN_AFTER)
        return Judgement(relationship, state, verdict, None)


async def _tell(
    connection: Any, to: Audience, judged: Sequence[Judgement], model: Model, now: datetime
) -> list[Announcement]:
    pairs = [(judgement, what) for judgement in judged if (what := judgement.announcement)]
    quietly = await listed_only(connection, to.policy, [what for _, what in pairs], now)
    # What nobody is told of climbs to nobody.
    schedules = {
        what.alert_id: (None, None) if what.alert_id in quietly else schedule(what, to.policy) for _, what in pairs
    }
    announcements = await store.write(connection, [what for _, what in pairs], schedules)
    if announcements:
        written = {what.alert_id for what in announcements}
        facts = await _facts(connection, [pair for pair in pairs if pair[1].alert_id in written], model, now)
        await tell(connection, to, announcements, now, facts._replace(listed_only=quietly))
    return announcements


async def _facts(
    connection: Any, pairs: Sequence[tuple[Judgement, Announcement]], model: Model, now: datetime
) -> Facts:
    relationships = [judgement.relationship for judgement, _ in pairs]
    touches = await store.touches(connection, [its.relationship_id for its in relationships])
    content = contents(relationships, [judgement.state for judgement, _ in pairs], touches, model, now)
    return Facts(
        {what.alert_id: its.source for its, (_, what) in zip(relationships, pairs, strict=True)},
        {what.alert_id: its for its, (_, what) in zip(content, pairs, strict=True)},
    )


__all__ = ["Audience", "Change", "Judged", "audience", "judge_due"]
