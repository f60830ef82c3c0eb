"""Repeats work until told to stop: at once while there is more, patiently while a server is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg

from shared.errors import Unavailable

log = logging.getLogger("alerts")

# asyncpg loses count of what it was doing when a connection is ended under it.
AGAIN = (Unavailable, asyncpg.DeadlockDetectedError, asyncpg.InternalClientError)
REST_SECONDS = 0.5
"""Between two looks when there is nothing to do."""
PATIENCE_SECONDS_MAX = 5.0


async def repeat(work: Callable[[], Awaitable[int]], stopping: asyncio.Event) -> None:
    """Do `work`, which says how much it found, again and again; what it has begun it may finish."""
    failures = 0
    while not stopping.is_set():
        try:
            found = await work()
        except AGAIN as error:
            failures += 1
            log.warning("tries again: %s", error)
            await _rest(min(PATIENCE_SECONDS_MAX, REST_SECONDS * 2.0 ** min(failures, 8)), stopping)
        else:
            failures = 0
            await _rest(0 if found else REST_SECONDS, stopping)


async def _rest(seconds: float, stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
