"""How much waits for a durable consumer, and for how long."""

from datetime import UTC, datetime
from typing import NamedTuple

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError


class Backlog(NamedTuple):
    """What one consumer has before it and behind it, in messages; None before its first start."""

    lag: int | None = None
    oldest: float | None = None
    """Seconds that the message which waits longest has been there."""
    taken: int | None = None


async def backlog(jetstream: JetStreamContext, stream: str, consumer: str, now: datetime) -> Backlog:
    """Ask NATS once; what has been handed out and is not acknowledged waits as well."""
    try:
        info = await jetstream.consumer_info(stream, consumer)
    except NotFoundError:
        return Backlog()
    behind = (info.ack_floor.stream_seq if info.ack_floor else None) or 0
    before = (info.num_pending or 0) + (info.num_ack_pending or 0)
    return Backlog(before, await _age(jetstream, stream, behind + 1, now) if before else 0.0, behind)


async def _age(jetstream: JetStreamContext, stream: str, sequence: int, now: datetime) -> float:
    """Return for how many seconds the message has been there; 0 when it is gone meanwhile."""
    try:
        message = await jetstream.get_msg(stream, sequence)
    except NotFoundError:
        return 0.0
    stored_at = message.time.replace(tzinfo=message.time.tzinfo or UTC) if message.time else now
    return max(0.0, round((now - stored_at).total_seconds(), 1))
