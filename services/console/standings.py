"""Keeps what lists are sorted by up to date, beside the pages."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.console import store, trend
from services.console.counts import REFRESH_SECONDS
from shared.errors import Unavailable
from shared.plumbing import clock
from shared.plumbing.postgres import connected
from shared.plumbing.queries import query

log = logging.getLogger(__name__)

PACKAGE = "services.console"
PAUSE_SECONDS_MIN = 5.0
SHARE = 30
"""Of the time that passes, refreshing takes one part in so many: a small house is fresh, a large one is not slowed."""
HORIZONS = 4
"""Whoever of us touched somebody within so many is one through whom they are reached."""
EMPTIED = (
    "delete from console.coverage; delete from console.organisation; delete from console.desired; "
    "delete from console.single_threaded"
)
LEFT = (asyncpg.ForeignKeyViolationError, asyncpg.DeadlockDetectedError)
"""What a refresh meets when somebody leaves the roster amid it: nothing of it is kept, and the next one knows."""
LOCKS = 0x636F6E73
"""Of several consoles one refreshes: the one that gets the lock."""


async def keep_fresh(pool: Any, *refreshes: "Refresh") -> None:
    """Refresh again and again, for ever, one after the other."""
    while True:
        took = sum([await _timed(pool, refresh) for refresh in refreshes])
        await asyncio.sleep(max(PAUSE_SECONDS_MIN, SHARE * took))


async def _timed(pool: Any, refresh: "Refresh") -> float:
    """Refresh once, and return how many seconds it took."""
    began = time.monotonic()
    try:
        async with connected(pool) as connection:
            await refresh(connection, clock.now())
    except (Unavailable, *LEFT) as error:
        log.warning("what lists are sorted by is not refreshed: %s", error)
    took = time.monotonic() - began
    REFRESH_SECONDS.labels(refresh.__name__).set(took)
    return took


async def standings(connection: Any, now: datetime) -> None:
    """Bring the standings up to the moment, unless another console is at it."""
    async with connection.transaction():
        if await _is_alone(connection, 1):
            await connection.fetchval("select console.refresh($1)", now)


async def coverage(connection: Any, now: datetime) -> None:
    """Bring the coverage up to what the standings say, unless another console is at it."""
    async with connection.transaction():
        if await _is_alone(connection, 2):
            await connection.execute(EMPTIED)
            _, model = await store.Models().live(connection)
            since = now - HORIZONS * timedelta(days=model.horizon.days)
            await connection.execute(query(PACKAGE, "refresh_coverage"), now, since)
            await connection.execute(query(PACKAGE, "refresh_desired"))
            await connection.execute(query(PACKAGE, "note_day"), now)
            await trend.trace(connection, now)


async def sources(connection: Any, now: datetime) -> None:
    """Bring what is known of the sources up to the moment, unless another console is at it."""
    async with connection.transaction():
        if await _is_alone(connection, 3):
            await connection.execute("delete from console.sources")
            await connection.execute(query(PACKAGE, "refresh_sources"), now)


async def _is_alone(connection: Any, number: int) -> bool:
    return bool(await connection.fetchval("select pg_try_advisory_xact_lock($1, $2)", LOCKS, number))


Refresh = Callable[[Any, datetime], Coroutine[None, None, None]]
