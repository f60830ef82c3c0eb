"""Pulls a durable consumer's messages in batches as large as the backlog, and never waits to fill one.

FastStream's batch subscriber fills each batch for a fixed time and pulls nothing meanwhile. Here two batches are
worked on at once, so that one is thought through while the other is being stored, and the next is asked for
meanwhile: alone a message passes at once, and under load many travel together (docs/decisions.md, "Our own pull").
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import accumulate, chain

import nats.errors
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from structlog.contextvars import bound_contextvars

from shared.errors import Unavailable
from shared.plumbing import failpoint, traces
from shared.plumbing.background import working
from shared.plumbing.forget_taken import Forgetting

log = logging.getLogger(__name__)

REQUEST_LASTS = 5.0
"""Seconds the server holds a request open; one lost in a reconnect is repeated after this."""
BYTES_MAX = 16_000_000
"""Per request, whatever the batch: what the server sends faster than it is read, it cuts the connection for."""
AT_ONCE = 2
"""Batches worked on at once: one waits for a disk while the other needs the processor."""
STILL_AT_IT_EVERY = 1.5
"""Seconds: what was in hand for so long is kept so that, missed twice, the server still gives it to nobody else."""
LOOK_AGAIN_AFTER = 0.5
"""Seconds after which who waits looks whether the connection is still the one that was asked."""
GIVE_BACK_AFTER = 1.0
"""Seconds for which a batch that could not be stored keeps its place: whoever is away is not asked a hundred times, and
what the server is to hold back itself (a delayed negative acknowledgement) it may hold until everybody's time is up."""

Take = Callable[[list[Msg]], Awaitable[None]]


@dataclass
class Pull:
    """One consumer's flow of messages into `take`, a batch at a time."""

    client: Client
    stream: str
    durable: str
    take: Take
    """Returns when the batch is stored; Unavailable gives it back."""
    batch_size: int
    batch_bytes: int = BYTES_MAX
    """A batch ends with the message that reaches this: one that is too large makes the next service wait for it."""
    keeps: bool = False
    """Whether the stream keeps what was taken; otherwise it forgets it."""
    _forgetting: Forgetting = field(init=False)
    _arrived: list[Msg] = field(default_factory=list, init=False)
    _begun: list[list[Msg]] = field(default_factory=list, init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _asked: int = field(default=0, init=False)
    _asked_until: float = field(default=0.0, init=False)
    _asked_in: int = field(default=0, init=False)
    """Which life of the connection carried the request: it ends with that."""

    def __post_init__(self) -> None:
        self._forgetting = Forgetting(self.client.jetstream(), self.stream, self.durable)

    async def run(self) -> None:
        """Pull until cancelled; whatever `take` raises beside Unavailable ends it."""
        async with nullcontext() if self.keeps else working(self._forgetting.run()), working(self._keep()):
            await self._pull()

    async def _pull(self) -> None:
        inbox = self.client.new_inbox()
        subscription = await self.client.subscribe(inbox, cb=self._hear)
        places = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as under_way:
                while True:
                    await places.acquire()
                    batch = await self._batch(inbox)
                    await self._ask(inbox)
                    under_way.create_task(self._work(batch)).add_done_callback(lambda _: places.release())
        finally:
            if self.client.is_connected:
                await subscription.unsubscribe()
                # Whoever takes over need not wait until the server gives up on us.
                await _give_back(self._arrived)

    async def _ask(self, inbox: str) -> None:
        """Ask for one batch ahead unless the last request is still being served, or nobody is there to ask."""
        if not self.client.is_connected or len(self._arrived) >= self.batch_size or self._is_served():
            return
        self._asked, self._asked_until = self.batch_size, time.monotonic() + REQUEST_LASTS + 0.5
        self._asked_in = self.client.stats["reconnects"]
        request = orjson.dumps({"batch": self.batch_size, "max_bytes": BYTES_MAX, "expires": int(REQUEST_LASTS * 1e9)})
        await self.client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.durable}", request, reply=inbox)

    def _is_served(self) -> bool:
        is_alive = self._asked_in == self.client.stats["reconnects"] and time.monotonic() < self._asked_until
        return self._asked > 0 and is_alive

    async def _batch(self, inbox: str) -> list[Msg]:
        """Return the next batch; wait for its first message."""
        await self._ask(inbox)
        while not self._arrived:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_AGAIN_AFTER)
            await self._ask(inbox)
        return self._cut()

    def _cut(self) -> list[Msg]:
        """Take from what has arrived as much as one batch may hold: one message at least."""
        sizes = accumulate(len(message.data) for message in self._arrived[: self.batch_size])
        end = next((count for count, size in enumerate(sizes, 1) if size >= self.batch_bytes), self.batch_size)
        batch, self._arrived = self._arrived[:end], self._arrived[end:]
        return batch

    async def _hear(self, message: Msg) -> None:
        if message.headers and "Status" in message.headers and not message.data:
            self._asked = 0  # the request has ended: served, expired, or the server is going
        else:
            self._asked -= 1
            self._arrived.append(message)
        self._news.set()

    async def _work(self, batch: list[Msg]) -> None:
        its = _name(self.stream, batch)
        with bound_contextvars(batch=its), traces.span(f"{self.durable} batch", traces.carried(batch), batch=its):
            await self._take(batch)

    async def _take(self, batch: list[Msg]) -> None:
        try:
            with self._in_hand(batch):
                await self.take(batch)
        except Unavailable as error:
            log.warning("%s gives %d messages back: %s", self.durable, len(batch), error)
            try:
                await asyncio.sleep(GIVE_BACK_AFTER)
            finally:
                await _give_back(batch)
            return
        except asyncio.CancelledError:
            await _give_back(batch)
            raise
        failpoint.reach(f"{self.durable}.before_ack")
        for message in batch:
            await message.ack()
        failpoint.reach(f"{self.durable}.after_ack")
        self._forgetting.taken(batch[-1].metadata.sequence.stream)

    @contextmanager
    def _in_hand(self, batch: list[Msg]) -> Iterator[None]:
        self._begun.append(batch)
        try:
            yield
        finally:
            self._begun = [other for other in self._begun if other is not batch]

    async def _keep(self) -> None:
        """Tell the server again and again that what is in hand is not forgotten.

        So it need not wait long for what nobody has in hand any more: a killed replica's batch, an acknowledgement
        that was under way when a connection ended.
        """
        known: set[int] = set()
        while True:
            await asyncio.sleep(STILL_AT_IT_EVERY)
            held = [*chain.from_iterable(self._begun), *self._arrived]
            # Most come and go between two looks: only who stays costs anything.
            staying = [message for message in held if id(message) in known]
            known = {id(message) for message in held}
            with suppress(nats.errors.Error):  # away: what waits then is asked for anew
                for message in staying if self.client.is_connected else ():
                    await message.in_progress()


def _name(stream: str, batch: list[Msg]) -> str:
    """Return what a batch is called in logs and traces: the stream, and from which message to which."""
    first, last = (message.metadata.sequence.stream for message in (batch[0], batch[-1]))
    return f"{stream}:{first}" if first == last else f"{stream}:{first}-{last}"


async def _give_back(batch: list[Msg]) -> None:
    for message in batch:
        await message.nak()
