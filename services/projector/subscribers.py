"""The projector's edge: project envelopes, and tell sources what was refused."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.projector import counts, store
from services.projector.batch import Batch, gather
from services.projector.heard import Heard
from services.projector.project import Projected, project
from shared.events.address import Spelling
from shared.events.named import HIDDEN, unnamed
from shared.events.refusal import Refusal
from shared.plumbing import clock, traces
from shared.plumbing.outgoing import publish_all
from shared.plumbing.postgres import connected
from shared.plumbing.queries import query
from shared.plumbing.rejections import CANNOT_BE_LOGGED, CONFLICT, rejection
from shared.vocabulary import SUBJECT_REJECTED

log = logging.getLogger("projector")

TOO_OLD = "must not be older than what is kept: it was removed for its age, and would count anew"
NAMES_SOMEBODY = "must not name somebody of whom nothing is kept in its id, source, initiative, ref or note"


@dataclass
class Subscriber:
    """Projects what the broker hands out; an envelope is acknowledged only after `receive` returned."""

    pool: Any
    jetstream: JetStreamContext
    heard: Heard
    handle_key: bytes | None = None
    spelling: Spelling | None = None

    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Batches are read side by side and projected one after the other: the first of two that differ wins."""

    async def receive(self, messages: list[Msg]) -> None:
        """Return once the envelopes are committed; raise Unavailable while Postgres or NATS is away."""
        batch = gather([message.data for message in messages], self.handle_key, self.spelling)
        async with self._turn:
            await self.take(batch)

    async def take(self, batch: Batch) -> None:
        """Project the batch, and keep what Postgres will never take from harming the rest."""
        try:
            async with connected(self.pool) as connection:
                await _leave_trace(batch, connection)
                with counts.FOLD_SECONDS.time():
                    projected = await project(batch, connection)
        except asyncpg.DataError as error:
            await self._take_apart(batch, error)
            return
        await _refuse(batch, projected, self.jetstream)
        counts.add(projected, batch)
        _say(projected, batch)
        self.heard.note(batch, clock.now())

    async def _take_apart(self, batch: Batch, error: asyncpg.DataError) -> None:
        """Halve the batch until the event that cannot be logged stands alone, and refuse only that."""
        parts = batch.halves()
        for part in parts:
            await self.take(part)
        if not parts:
            refusal = Refusal("event", "unusable", f"{CANNOT_BE_LOGGED}: {error}")
            said = batch.said_first()
            source, event_id = said.get("source", "ingest"), said.get("event_id")
            await publish_all(self.jetstream, [_rejected(refusal, source, event_id, orjson.dumps(said))])


def _say(projected: Projected, batch: Batch) -> None:
    told = {name: told if isinstance(told, int) else len(told) for name, told in projected._asdict().items()}
    log.debug("projected", extra={**told, "unreadable": len(batch.unreadable)})


async def _leave_trace(batch: Batch, connection: Any) -> None:
    """Let whoever judges these relationships find the batch that changed them; before it does, or they were faster."""
    if (context := traces.context()) and batch.touchpoints["handle"]:
        handles = list(set(batch.touchpoints["handle"]))
        await connection.execute(query(store.PACKAGE, "leave_trace"), handles, context)


async def _refuse(batch: Batch, projected: Projected, jetstream: JetStreamContext) -> None:
    unreadable = [
        _rejected(Refusal("envelope", "unreadable", reason), "ingest", None, message)
        for message, reason in batch.unreadable
    ]
    conflicts, naming = map(_conflict, projected.conflicts), map(_naming, projected.named)
    await publish_all(jetstream, [*unreadable, *conflicts, *naming, *map(_too_old, projected.old)])


def _naming(touchpoint: dict[str, Any]) -> tuple[str, bytes]:
    """Keep nothing of it but the reason."""
    return _rejected(unnamed(Refusal("event", HIDDEN, NAMES_SOMEBODY)), touchpoint["source"], None, b"")


def _too_old(touchpoint: dict[str, Any]) -> tuple[str, bytes]:
    """Keep what it is known by and the reason: of what is older nothing is kept."""
    occurred_at = datetime.fromtimestamp(touchpoint["occurred_at"], UTC)
    refusal = Refusal("time", repr(occurred_at.isoformat()), TOO_OLD)
    return _rejected(refusal, touchpoint["source"], touchpoint["event_id"], b"")


def _conflict(touchpoint: dict[str, Any]) -> tuple[str, bytes]:
    """Keep what it said as it is known here: the event itself is gone, and handles stand for addresses."""
    refusal = Refusal("id", repr(touchpoint["event_id"]), CONFLICT)
    return _rejected(refusal, touchpoint["source"], touchpoint["event_id"], orjson.dumps(touchpoint))


def _rejected(refusal: Refusal, source: str, event_id: str | None, original: bytes) -> tuple[str, bytes]:
    return SUBJECT_REJECTED, rejection(refusal, source, event_id, original, clock.now())
