"""The projector's edge: pull envelopes, project them in one transaction, acknowledge after COMMIT."""

import logging
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.projector import counts
from services.projector.batch import Batch, gather
from services.projector.project import project
from shared.errors import Unavailable
from shared.events.refusal import Refusal
from shared.plumbing import clock
from shared.plumbing.jetstream import ACCEPTED
from shared.plumbing.outgoing import publish_all
from shared.plumbing.postgres import connected
from shared.plumbing.rejections import CONFLICT, rejection
from shared.vocabulary import SUBJECT_ACCEPTED, SUBJECT_REJECTED

log = logging.getLogger("projector")

ENVELOPES_MAX = 8
"""Envelopes per transaction; each holds up to 2000 touchpoints."""
PULL_WITHIN = 0.01
RETRY_AFTER = 1.0


async def undecoded(message: NatsBatchMessage) -> list[Msg]:
    """Leave decoding to `gather`: one unreadable envelope must not poison its batch."""
    messages: list[Msg] = message.raw_message
    return messages


class Projector:
    """Projects what the broker hands out, whatever happens to Postgres meanwhile."""

    def __init__(self, broker: NatsBroker) -> None:
        self.broker = broker
        self.pool: Any = None

    def subscribe(self) -> None:
        """Take envelopes; replicas share the durable consumer."""

        @self.broker.subscriber(
            SUBJECT_ACCEPTED,
            stream=JStream(ACCEPTED, declare=False),
            durable="projector",
            pull_sub=PullSub(batch_size=ENVELOPES_MAX, timeout=PULL_WITHIN, batch=True),
            ack_policy=AckPolicy.MANUAL,
            decoder=undecoded,
        )
        async def on_touchpoints(messages: list[Msg], message: NatsBatchMessage) -> None:
            jetstream = self.broker.config.connection_state.stream
            try:
                await self.take([message.data for message in messages], jetstream)
            except Unavailable as error:
                log.warning("gives the batch back: %s", error)
                await message.nack(delay=RETRY_AFTER)
                return
            await message.ack()

    async def take(self, envelopes: Sequence[bytes], jetstream: JetStreamContext) -> None:
        """Return once the envelopes are committed and what was refused of them is stored."""
        batch = gather(envelopes)
        try:
            async with connected(self.pool) as connection:
                with counts.FOLD_SECONDS.time():
                    projected = await project(batch, connection)
        except asyncpg.DataError as error:
            await self._take_apart(envelopes, error, jetstream)
            return
        await _refuse(batch, projected.conflicts, jetstream)
        counts.add(projected, batch)

    async def _take_apart(
        self,
        envelopes: Sequence[bytes],
        error: asyncpg.DataError,
        jetstream: JetStreamContext,
    ) -> None:
        """Find the envelope Postgres will never take, so that its neighbours pass."""
        if len(envelopes) > 1:
            for envelope in envelopes:
                await self.take([envelope], jetstream)
            return
        refusal = Refusal("envelope", "unusable", str(error))
        await publish_all(jetstream, [_rejected(refusal, "ingest", None, envelopes[0])])


async def _refuse(batch: Batch, conflicts: list[dict[str, Any]], jetstream: JetStreamContext) -> None:
    unreadable = [
        _rejected(Refusal("envelope", "unreadable", reason), "ingest", None, message)
        for message, reason in batch.unreadable
    ]
    await publish_all(jetstream, [*unreadable, *map(_conflict, conflicts)])


def _conflict(touchpoint: dict[str, Any]) -> tuple[str, bytes]:
    """Keep what it said as it is known here: the event itself is gone, and handles stand for addresses."""
    refusal = Refusal("id", repr(touchpoint["event_id"]), CONFLICT)
    return _rejected(refusal, touchpoint["source"], touchpoint["event_id"], orjson.dumps(touchpoint))


def _rejected(refusal: Refusal, source: str, event_id: str | None, original: bytes) -> tuple[str, bytes]:
    return SUBJECT_REJECTED, rejection(refusal, source, event_id, original, clock.now())
