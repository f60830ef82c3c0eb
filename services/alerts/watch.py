"""The loop that judges what is due: nothing ticks, whoever has nothing to lose is left alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services.alerts import store
from services.alerts.announce import Announcement, announce, outgoing
from services.alerts.judge import judge
from shared.plumbing.models import live_model
from shared.plumbing.settings import Settings

TOGETHER = 500
"""Relationships judged in one transaction."""


class Judged(NamedTuple):
    """What one pass came to."""

    relationships: int
    announcements: Sequence[Announcement] = ()


class Audience(NamedTuple):
    """Who is told, besides NATS."""

    console_url: str
    webhook_host: str | None = None


def audience(chosen: Settings) -> Audience:
    """Return who the settings name; of a webhook only its host, because its path may be a secret."""
    return Audience(chosen.console_url, chosen.webhook_url and urlsplit(chosen.webhook_url).hostname)


async def judge_due(connection: Any, to: Audience, now: datetime, limit: int = TOGETHER) -> Judged:
    """Judge up to `limit` relationships that are due and record everything in one transaction."""
    async with connection.transaction():
        due = await store.take_due(connection, now, limit)
        live = await live_model(connection) if due else None
        if live is None:
            return Judged(0)
        _, model = live
        relationships = await store.relationships(connection, due, model, now)
        judged = [(relationship, judge(relationship, model, now)) for relationship in relationships]
        told = [(its, what) for its, verdict in judged if (what := announce(its, verdict, now))]
        messages = [message for its, what in told for message in outgoing(what, its, to.webhook_host, to.console_url)]
        announcements = [what for _, what in told]
        await store.record(connection, judged, announcements, messages, now)
    return Judged(len(due), announcements)
