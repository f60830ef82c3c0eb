"""Tells people: takes what is due from the outbox, sends it at least once and notes what came of it."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.alerts import counts, outbox, trail
from services.alerts.delivery import TOGETHER, Bounds, Channel, Delivery, Outcome, Step, after
from shared.plumbing import failpoint, traces
from shared.plumbing.postgres import connected

log = logging.getLogger("alerts")

UNBOUNDED = Bounds()
SENT_WITHIN = 25.0
"""Seconds, less than a lease: a channel that hangs would hold up all that comes after."""


async def notify(
    pool: Any, channel: Channel, clock: Callable[[], datetime], most: int = TOGETHER, bounds: Bounds = UNBOUNDED
) -> int:
    """Attempt up to `most` messages that are due on the channel, side by side; return how many that were."""
    async with connected(pool) as connection:
        batch = await outbox.begin(connection, channel.name, bounds, clock(), most)
        deliveries = batch.deliveries
        contexts = await trail.of_alerts(connection, deliveries)
    if deliveries:
        failpoint.reach("alerts.after_lease")
    # No connection is held while strangers take their time.
    outcomes = await asyncio.gather(*(_send(channel, delivery, clock(), contexts) for delivery in deliveries))
    if deliveries:
        failpoint.reach("alerts.after_send")
        now = clock()
        attempts = list(zip(deliveries, outcomes, strict=True))
        steps = [after(delivery, outcome, now, random.random()) for delivery, outcome in attempts]  # noqa: S311 -- jitter is no secret
        async with connected(pool) as connection:
            await outbox.settle(connection, steps)
            await outbox.end(connection, batch, now)
            for delivery, outcome in attempts:
                if outcome.is_gone and outcome.error:
                    await outbox.give_up(connection, delivery, outcome.error, now)
        failpoint.reach("alerts.after_settle")
        counts.add_attempts(channel.name, steps)
        counts.add_latencies(deliveries, steps)
        for delivery, step in zip(deliveries, steps, strict=True):
            _say(delivery, step)
    return len(deliveries)


def _say(delivery: Delivery, step: Step) -> None:
    """Let whoever reads the log follow a message; to whom it goes and of whom it speaks the database alone says."""
    outcome = counts.outcome(step)
    level = logging.INFO if outcome == "delivered" else logging.WARNING
    error = step.last_error or ""
    said = f": {error.replace(delivery.destination, '…') if '@' in delivery.destination else error}" if error else ""
    told = {"alert_id": delivery.alert_id, "delivery_id": delivery.delivery_id, "outcome": outcome}
    log.log(
        level,
        "%s %s, attempt %d: %s%s",
        delivery.channel,
        delivery.delivery_id,
        delivery.attempts,
        outcome,
        said,
        extra={**told, "channel": delivery.channel, "attempt": delivery.attempts},
    )


async def _send(channel: Channel, delivery: Delivery, now: datetime, contexts: Mapping[UUID | None, str]) -> Outcome:
    its = contexts.get(delivery.alert_id)
    try:
        with traces.span("alerts delivery", [its] if its else (), delivery=str(delivery.delivery_id)):
            async with asyncio.timeout(SENT_WITHIN):
                return await channel.send(delivery, now)
    except TimeoutError:
        return Outcome(f"did not end within {SENT_WITHIN:g} seconds")
    except Exception as error:  # whatever one channel stumbles over, judging and the others go on
        log.exception("%s failed unexpectedly", channel.name)
        return Outcome(f"failed unexpectedly: {error!r}")
