"""Keeps what lists are sorted by up to date, beside the pages."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from services.console import trend
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
LOCKS = 0x636F6E73
"""Of several consoles one refreshes: the one that gets the lock."""


async def keep_fresh(pool: Any, refresh: "Refresh") -> None:
    """Refresh again and again, for ever."""
    while True:
        began = time.monotonic()
        try:
            async with connected(pool) as connection:
                await refresh(connection, clock.now())
        except Unavailable as error:
            log.warning("what lists are sorted by is not refreshed: %s", error)
        took = time.monotonic() - began
        REFRESH_SECONDS.labels(refresh.__name__).set(took)
        await asyncio.sleep(max(PAUSE_SECONDS_MIN, SHARE * took))


async def standings(connection: Any, now: datetime) -> None:
    """Bring the standings up to the moment, unless another console is at it."""
    async with connection.transaction():
        if await _is_alone(connection, 1):
            await connection.fetchval("select console.refresh($1)", now)


async def coverage(connection: Any, now: datetime) -> None:
    """Bring the coverage up to the moment, unless another console is at it."""
    async with connection.transaction():
        if await _is_alone(connection, 2):
            await connection.execute("delete from console.coverage")
            await connection.execute(query(PACKAGE, "refresh_coverage"), now)
            await connection.execute("delete from console.organisation")
            await connection.execute(query(PACKAGE, "refresh_organisation"), now)
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
