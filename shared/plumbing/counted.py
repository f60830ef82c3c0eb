"""Waiting until what was published is in the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.errors import Unavailable
from shared.plumbing.jetstream import ACCEPTED, CONSUMERS, INTAKE

LOOK_AGAIN_SECONDS = 0.1
PATIENCE_SECONDS = 45.0


STREAMS = (INTAKE, ACCEPTED)
"""What intake held is in accepted once it is acknowledged, so the second look sees all of it."""


async def counted(jetstream: JetStreamContext, moved: Callable[[float, float], None]) -> None:
    """Return once all that is published so far is counted; `moved` hears how far it is of how far it must come.

    Raises Unavailable when a service takes nothing for longer than a redelivery lasts.
    """
    for number, stream in enumerate(STREAMS):
        async for share in _taken(jetstream, stream):
            moved(number + share, len(STREAMS))


async def _taken(jetstream: JetStreamContext, stream: str) -> AsyncIterator[float]:
    """Yield again and again which share is taken, 0 to 1, until all is."""
    last = await _last(jetstream, stream)
    first = floor = await _floor(jetstream, stream)
    moved_at = time.monotonic()
    # Up to a fixed message, not until nothing is left: others publish too.
    while floor < last:
        yield (floor - first) / (last - first)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        before, floor = floor, await _floor(jetstream, stream)
        if floor > before:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > PATIENCE_SECONDS:
            service = CONSUMERS[stream].durable_name
            raise Unavailable(
                f"{service} has taken nothing for {PATIENCE_SECONDS:.0f} s: see `attune status` and its log"
            )
    yield 1.0


async def _last(jetstream: JetStreamContext, stream: str) -> int:
    try:
        return (await jetstream.stream_info(stream)).state.last_seq
    except NotFoundError:
        raise Unavailable(f"NATS has no stream {stream} yet: start `attune run` first") from None


async def _floor(jetstream: JetStreamContext, stream: str) -> int:
    """Return up to which message all are done."""
    durable = CONSUMERS[stream].durable_name or ""
    consumer = await jetstream.consumer_info(stream, durable)
    if not consumer.num_pending and not consumer.num_ack_pending:
        return await _last(jetstream, stream)
    return consumer.ack_floor.stream_seq if consumer.ack_floor else 0
