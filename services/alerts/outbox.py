"""The outbox in Postgres: what is due is leased, and what came of it is noted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.alerts.delivery import Delivery, Step
from shared.plumbing.queries import query

PACKAGE = "services.alerts"

LEASE = timedelta(seconds=30)
"""Longer than any attempt may take; a message that a crash left behind is sent again after this."""


async def lease(connection: Any, channel: str, now: datetime, limit: int) -> list[Delivery]:
    """Take messages that are due; nobody else gets them before the lease ends."""
    rows = await connection.fetch(query(PACKAGE, "lease"), channel, now, now + LEASE, limit)
    return [Delivery(**row) for row in rows]


async def settle(connection: Any, steps: Sequence[Step]) -> None:
    """Note what attempts came to."""
    rows = orjson.dumps([step._asdict() for step in steps], default=str).decode()
    await connection.execute(query(PACKAGE, "settle"), rows)


async def give_up(connection: Any, delivery: Delivery, error: str, now: datetime) -> None:
    """Send nothing more of what waits for the delivery's destination."""
    await connection.execute(query(PACKAGE, "give_up"), delivery.channel, delivery.destination, error, now)
