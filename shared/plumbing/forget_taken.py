"""Empties a stream of what its durable consumer is done with, a stretch at a time.

A work queue removes each message by itself, and where every write is synced that costs as much as taking the
message in did. One purge up to the consumer's acknowledgement floor costs the same however much it removes, and is
safe beside any number of replicas: nobody works any more on what lies under the floor.
"""

import asyncio
from dataclasses import dataclass, field

import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

EVERY = 0.2
"""Seconds between two looks while there is something to forget; at rest nobody looks."""


@dataclass
class Forgetting:
    """One stream, and up to which message it should be empty."""

    jetstream: JetStreamContext
    stream: str
    durable: str
    _upto: int = field(default=0, init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def taken(self, upto: int) -> None:
        """Hear that the message with this number was acknowledged."""
        self._upto = max(self._upto, upto)
        self._news.set()

    async def run(self) -> None:
        """Forget until cancelled: once at the start what an earlier life left, then whatever is taken."""
        emptied = 0
        while True:
            try:
                emptied = await self._forget(emptied)
            except (JetStreamError, nats.errors.Error, OSError, TimeoutError):
                # NATS is away: what is not forgotten now is forgotten a little later.
                self._news.set()
            await asyncio.sleep(EVERY)
            if emptied >= self._upto:
                await self._news.wait()
                self._news.clear()

    async def _forget(self, emptied: int) -> int:
        """Remove what lies under the floor and return where that is."""
        consumer = await self.jetstream.consumer_info(self.stream, self.durable)
        floor = consumer.ack_floor.stream_seq if consumer.ack_floor else 0
        if floor > emptied:
            await self.jetstream.purge_stream(self.stream, seq=floor + 1)
        return max(floor, emptied)
