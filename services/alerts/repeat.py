"""Repeats work until told to stop: at once while there is more, patiently while a server is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

import asyncpg

from shared.errors import Unavailable

log = logging.getLogger("alerts")

# asyncpg loses count of what it was doing when a connection is ended under it.
AGAIN = (Unavailable, asyncpg.DeadlockDetectedError, asyncpg.InternalClientError)
REST_SECONDS = 0.5
"""Between two looks when there is nothing to do."""
PATIENCE_SECONDS_MAX = 5.0


class Round(NamedTuple):
    """What is done again and again."""

    work: Callable[[], Awaitable[int]]
    """Says how much it found."""
    per_second: float | None = None
    """How much is worth looking for in a second; None is as much as there is."""

    def rest(self, found: int) -> float:
        """Return how long to wait, in seconds."""
        if not found:
            return REST_SECONDS
        return 0 if self.per_second is None else found / self.per_second


async def repeat(its: Round, stopping: asyncio.Event) -> None:
    """Do a round again and again; what it has begun it may finish, and no rest outlasts `stopping`."""
    failures = 0
    while not stopping.is_set():
        try:
            found = await its.work()
        except AGAIN as error:
            failures += 1
            log.warning("tries again: %s", error)
            await _rest(min(PATIENCE_SECONDS_MAX, REST_SECONDS * 2.0 ** min(failures, 8)), stopping)
        else:
            failures = 0
            await _rest(its.rest(found), stopping)


async def _rest(seconds: float, stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
