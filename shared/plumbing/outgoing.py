"""Publishes many messages at once and waits until JetStream has stored every one of them."""

import asyncio
from collections.abc import Iterable

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from shared.errors import Unavailable

STORED_WITHIN = 10.0

LOST = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


async def publish_all(jetstream: JetStreamContext, messages: Iterable[tuple[str, bytes]]) -> None:
    """Return after the PubAck of every (subject, payload); raise Unavailable when one is missing.

    What was stored stays stored: the caller repeats the whole, and the receiver knows duplicates.
    """
    try:
        async with asyncio.timeout(STORED_WITHIN):
            acks = [await jetstream.publish_async(subject, payload) for subject, payload in messages]
            await asyncio.gather(*acks)
    except LOST as error:
        raise Unavailable(f"NATS did not store a message: {error!r}") from error
