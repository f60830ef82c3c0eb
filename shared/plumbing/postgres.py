"""How services reach Postgres."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import asyncpg

from shared.errors import Unavailable
from shared.plumbing.queries import query

PACKAGE = "shared.plumbing"

# What a lost or refused connection looks like, and a server without room; everything else is a bug or bad input.
LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,  # no disk, no memory, no connection left
    asyncpg.InterfaceError,
    # A connection that was ended between two statements, until asyncpg has seen its end: "another operation (2) is in
    # progress", where 2 is its state of reading on after an error.
    asyncpg.InternalClientError,
)

STATEMENT_WITHIN = 60.0
UNTIED_WITHIN = 0.1
IDLE_WITHIN = "10s"
"""A service that stands still amid a transaction, frozen or swapped out, keeps its locks no longer than this."""


async def pool(
    url: str,
    name: str,
    settings: Mapping[str, str] = MappingProxyType({}),
    size: int = 2,
    prepared: Callable[[Any], Awaitable[None]] | None = None,
) -> Any:
    """Return a pool that survives restarts of the server; raise Unavailable when nobody answers.

    Its connections may do what the role `attune_<name>` may, where there is one: shared/plumbing/rights.py.
    """

    async def begun(connection: Any) -> None:
        await connection.execute(query(PACKAGE, "role_taken"), f"attune_{name}")
        if prepared is not None:
            await prepared(connection)

    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            init=begun,
            command_timeout=STATEMENT_WITHIN,
            server_settings={
                "application_name": f"attune-{name}",
                "idle_in_transaction_session_timeout": IDLE_WITHIN,
                **settings,
            },
        )
    except LOST as error:
        raise Unavailable(f"Postgres does not answer: {error}. Is `attune run` running?") from error


@asynccontextmanager
async def connected(pool: Any) -> AsyncIterator[Any]:
    """Lend a connection; whatever shows that the server went away is raised as Unavailable."""
    try:
        async with pool.acquire(timeout=5) as connection:
            yield connection
    except LOST as error:
        raise Unavailable(f"Postgres went away: {error!r}") from error


@asynccontextmanager
async def session(url: str, name: str) -> AsyncIterator[Any]:
    """Hold one connection of its own while the block lasts, as commands do."""
    try:
        connection = await asyncpg.connect(url, timeout=10, server_settings={"application_name": f"attune-{name}"})
    except LOST as error:
        raise Unavailable(f"Postgres does not answer: {error}. Is `attune run` running?") from error
    try:
        yield connection
    finally:
        await connection.close()


async def untied(work: Callable[[], Awaitable[Any]]) -> Any:
    """Do a transaction, and do it once more where Postgres ended it to untie a deadlock."""
    try:
        return await work()
    except asyncpg.DeadlockDetectedError:
        # At once, it could overtake who is about to get the locks, and be caught again.
        await asyncio.sleep(UNTIED_WITHIN)
        return await work()


async def obstacle(pool: Any) -> str | None:
    """Return why Postgres cannot be used right now, or None."""
    try:
        async with connected(pool) as connection:
            await connection.execute("select 1")
    except Unavailable as error:
        return str(error)
    return None


async def patiently(connect: Any) -> Any:
    """Call `connect` until it is no longer Unavailable: servers start in any order."""
    pause = 0.1
    while True:
        try:
            return await connect()
        except Unavailable:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
