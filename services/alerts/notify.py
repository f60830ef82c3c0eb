"""Tells people: takes what is due from the outbox, sends it at least once and notes what came of it."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.alerts import counts, outbox
from services.alerts.delivery import Channel, after
from shared.plumbing.postgres import connected

TOGETHER = 50
"""Messages sent side by side on one channel."""


async def notify(pool: Any, channel: Channel, clock: Callable[[], datetime]) -> int:
    """Attempt what is due on the channel, and return how many that were."""
    async with connected(pool) as connection:
        deliveries = await outbox.lease(connection, channel.name, clock(), TOGETHER)
    # No connection is held while strangers take their time.
    outcomes = await asyncio.gather(*(channel.send(delivery, clock()) for delivery in deliveries))
    if deliveries:
        now = clock()
        attempts = list(zip(deliveries, outcomes, strict=True))
        steps = [after(delivery, outcome, now, random.random()) for delivery, outcome in attempts]  # noqa: S311 -- jitter is no secret
        async with connected(pool) as connection:
            await outbox.settle(connection, steps)
            for delivery, outcome in attempts:
                if outcome.is_gone and outcome.error:
                    await outbox.give_up(connection, delivery, outcome.error, now)
        counts.add_attempts(channel.name, steps)
    return len(deliveries)
