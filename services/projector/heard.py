"""When each source was heard: noted beside the folds, and written down every few seconds."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import compress
from typing import Any

import orjson
from nats.aio.msg import Msg

from services.projector import store
from services.projector.batch import Batch
from shared.errors import Unavailable
from shared.plumbing.postgres import connected
from shared.plumbing.queries import query
from shared.plumbing.sources import NAME

log = logging.getLogger(__name__)

WRITTEN_EVERY = 5.0
"""Seconds; a projector that is killed forgets no more than that, and no touchpoint with it."""


@dataclass(slots=True)
class Tally:
    """What one source brought within an hour."""

    first_at: datetime
    last_at: datetime
    events: int = 0
    rejected: int = 0


@dataclass
class Heard:
    """Keeps account of the sources; each replica its own, and Postgres adds them up."""

    pool: Any
    _tallies: dict[tuple[str, datetime], Tally] = field(default_factory=dict, init=False)

    def note(self, batch: Batch, at: datetime) -> None:
        """Remember that the batch's events were heard; duplicates too, for who repeats himself is alive."""
        heads = (ordinal == 0 for ordinal in batch.touchpoints["ordinal"])
        for source in [*compress(batch.touchpoints["source"], heads), *batch.retractions["source"]]:
            self._tally(source, at).events += 1

    async def receive(self, messages: list[Msg]) -> None:
        """Write down what was refused; raise Unavailable while Postgres is away."""
        for source, at in filter(None, map(_refused, messages)):
            self._tally(source, at).rejected += 1
        await self.write()

    async def run(self) -> None:
        """Write every few seconds until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(WRITTEN_EVERY)
                await self._try_to_write()
        finally:
            await self._try_to_write()

    async def write(self) -> None:
        """Add to Postgres what is remembered, and forget it once it is there."""
        taken, self._tallies = self._tallies, {}
        if not taken:
            return
        try:
            async with connected(self.pool) as connection:
                await connection.execute(query(store.PACKAGE, "heard"), *_columns(taken))
        except Unavailable:
            self._take_again(taken)
            raise

    async def _try_to_write(self) -> None:
        try:
            await self.write()
        except Unavailable as error:
            log.warning("when sources were heard is written later: %s", error)

    def _take_again(self, tallies: dict[tuple[str, datetime], Tally]) -> None:
        for (source, _), tally in tallies.items():
            again = self._tally(source, tally.first_at)
            again.last_at = max(again.last_at, tally.last_at)
            again.events += tally.events
            again.rejected += tally.rejected

    def _tally(self, source: str, at: datetime) -> Tally:
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        tally = self._tallies.setdefault((source, hour), Tally(at, at))
        tally.first_at, tally.last_at = min(tally.first_at, at), max(tally.last_at, at)
        return tally


def _refused(message: Msg) -> tuple[str, datetime] | None:
    """Return whose event was refused when; None where that is no source that could ever be registered."""
    try:
        rejection = orjson.loads(message.data)
        source, at = rejection["source"], datetime.fromisoformat(rejection["received_at"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return (source, at) if isinstance(source, str) and NAME.fullmatch(source) and at.tzinfo else None


def _columns(tallies: dict[tuple[str, datetime], Tally]) -> Iterable[list[Any]]:
    # In key order, so that replicas that meet wait for one another instead of deadlocking.
    rows = [
        (source, hour, tally.first_at, tally.last_at, tally.events, tally.rejected)
        for (source, hour), tally in sorted(tallies.items(), key=lambda item: item[0])
    ]
    return map(list, zip(*rows, strict=True))
