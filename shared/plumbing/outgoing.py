"""Publishes many messages at once and waits until JetStream has stored every one of them."""

import asyncio
from collections.abc import Iterable
from itertools import islice

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import PubAck

from shared.errors import Unavailable
from shared.plumbing import traces

AT_ONCE = 1_000
STORED_WITHIN = 10.0
"""Seconds for so many messages: however much there is to send, patience is for a broker that stands still."""
LOOK_EVERY = 0.2
"""Seconds: what was under way when a connection ended is answered by nobody."""

LOST = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)

Message = tuple[str, bytes]


async def publish_all(jetstream: JetStreamContext, messages: Iterable[Message]) -> list[str]:
    """Return where every (subject, payload) is stored, as `STREAM:sequence`; raise Unavailable when one is not.

    What was stored stays stored: the caller repeats the whole, and the receiver knows duplicates.
    """
    remaining, stored = iter(messages), list[str]()
    while some := list(islice(remaining, AT_ONCE)):
        stored += [f"{ack.stream}:{ack.seq}" for ack in await _publish(jetstream, some)]
    return stored


async def tell(jetstream: JetStreamContext, messages: Iterable[Message]) -> None:
    """Publish to whoever listens just now: nothing stores it. Raises Unavailable while NATS is away."""
    _life(jetstream)
    try:
        for subject, payload in messages:
            await jetstream._nc.publish(subject, payload)  # noqa: SLF001 -- nats-py shows it nowhere else
    except LOST as error:
        raise Unavailable(f"NATS took no message: {error!r}") from error


async def _publish(jetstream: JetStreamContext, messages: list[Message]) -> list[PubAck]:
    # What is published while NATS is away would wait in a buffer for a caller who has long given up.
    life = _life(jetstream)
    acks: list[asyncio.Future[PubAck]] = []
    headers = traces.headers()
    try:
        async with asyncio.timeout(STORED_WITHIN):
            for subject, payload in messages:
                acks.append(await jetstream.publish_async(subject, payload, headers=headers))
            await _answered(jetstream, life, acks)
            return await asyncio.gather(*acks)
    except LOST as error:
        raise Unavailable(f"NATS did not store a message: {error!r}") from error
    finally:
        for ack in acks:
            # nats-py lends so many places for unanswered messages: one never given back is lost for good.
            ack.cancel()


async def _answered(jetstream: JetStreamContext, life: int, acks: list[asyncio.Future[PubAck]]) -> None:
    """Return once nothing is waited for; raise Unavailable when the connection that carried it has ended."""
    while waiting := [ack for ack in acks if not ack.done()]:
        await asyncio.wait(waiting, timeout=LOOK_EVERY)
        if _life(jetstream) != life:
            raise Unavailable("the connection to NATS ended before it answered")


def _life(jetstream: JetStreamContext) -> int:
    """Return how often the connection was made anew; raise Unavailable while there is none."""
    client = jetstream._nc  # noqa: SLF001 -- nats-py shows it nowhere else
    if not client.is_connected:
        raise Unavailable("NATS is away")
    return client.stats["reconnects"]
