"""The projector's edge: project envelopes, and tell sources what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.projector import counts
from services.projector.batch import Batch, gather
from services.projector.project import project
from shared.events.refusal import Refusal
from shared.plumbing import clock
from shared.plumbing.outgoing import publish_all
from shared.plumbing.postgres import connected
from shared.plumbing.rejections import CONFLICT, rejection
from shared.vocabulary import SUBJECT_REJECTED


@dataclass
class Subscriber:
    """Projects what the broker hands out; an envelope is acknowledged only after `receive` returned."""

    pool: Any
    jetstream: JetStreamContext

    async def receive(self, messages: list[Msg]) -> None:
        """Return once the envelopes are committed; raise Unavailable while Postgres or NATS is away."""
        await self.take([message.data for message in messages])

    async def take(self, envelopes: Sequence[bytes]) -> None:
        """Return once the envelopes are committed and what was refused of them is stored."""
        batch = gather(envelopes)
        try:
            async with connected(self.pool) as connection:
                with counts.FOLD_SECONDS.time():
                    projected = await project(batch, connection)
        except asyncpg.DataError as error:
            await self._take_apart(envelopes, error)
            return
        await _refuse(batch, projected.conflicts, self.jetstream)
        counts.add(projected, batch)

    async def _take_apart(self, envelopes: Sequence[bytes], error: asyncpg.DataError) -> None:
        """Find the envelope Postgres will never take, so that its neighbours pass."""
        if len(envelopes) > 1:
            for envelope in envelopes:
                await self.take([envelope])
            return
        refusal = Refusal("envelope", "unusable", str(error))
        await publish_all(self.jetstream, [_rejected(refusal, "ingest", None, envelopes[0])])


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
