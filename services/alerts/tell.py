"""Tells what became of alerts, and asks again about what was held back: decides, and writes it into the outbox."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.alerts import outbox
from services.alerts.addressees import addressees, overtaken
from services.alerts.anew import written_anew
from services.alerts.announce import Announcement
from services.alerts.audience import Audience
from services.alerts.plan import Facts, Suppression, plan
from services.alerts.policy import Policy
from services.alerts.release import Decision, Release

TOGETHER = 500
"""Messages that are asked about in one transaction."""


async def tell(
    connection: Any, to: Audience, announcements: Sequence[Announcement], now: datetime, facts: Facts | None = None
) -> None:
    """Put into the outbox who is told what and when, in the caller's transaction."""
    await outbox.withdraw(connection, overtaken(announcements, to.policy), now)
    called = await outbox.called(connection, announcements)
    addressed = [
        (its, who) for its in announcements for who in addressees(its, to.policy, called.get(its.alert_id, ()))
    ]
    release = await releasing(connection, to.policy, (who.person for _, who in addressed), now)
    await outbox.put(connection, plan(addressed, release, facts or Facts(), to.console_url))


async def release_due(connection: Any, to: Audience, now: datetime, limit: int = TOGETHER) -> int:
    """Ask again about what was held back until now, the most valuable first; return how many messages that were."""
    async with connection.transaction():
        held = await outbox.take_held(connection, now, limit)
        if held:
            release = await releasing(connection, to.policy, (message.person for _, message in held), now)
            decided = [(row, release.of(message)) for row, message in held]
            let_out = [row for row, decision in decided if decision.reason is None]
            await outbox.release(connection, decided, await written_anew(connection, to, let_out, now), now)
            await outbox.suppress(connection, [_suppression(*its, now) for its in decided if its[1].reason])
    return len(held)


async def releasing(connection: Any, policy: Policy, people: Iterable[str | None], now: datetime) -> Release:
    """Return what decides; whoever else wants the attention of these people waits until the transaction ends."""
    bounded = {person for person in people if person and policy.budget_of(person) is not None}
    days = {person: policy.day_began(person, now) for person in sorted(bounded)}
    return Release(policy, await outbox.mutes(connection, now), await outbox.told(connection, days), now)


def _suppression(row: Any, decision: Decision, now: datetime) -> Suppression:
    return Suppression(
        row["alert_id"],
        row["relationship_id"],
        row["event"],
        row["channel"],
        row["recipient"],
        decision.reason or "",
        decision.held_until,
        decision.note,
        now,
    )
