"""A large house for the console to show, written by SQL as a fold would have left it: built once, kept if wanted."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from benchmarks.rig import with_roster
from services.console import standings, store
from shared.plumbing import clock
from shared.plumbing.embedded import servers
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.migrate import migrate
from shared.plumbing.queries import query

PACKAGE = "benchmarks"


class Size(NamedTuple):
    """How many there are."""

    relationships: int
    touchpoints: int


@contextmanager
def home(directory: Path | None) -> Iterator[Runtime]:
    """Run Postgres and NATS on a directory that stays, or on one that goes with the block."""
    if directory is not None:
        with servers.running(directory) as runtime:
            yield runtime
        return
    with tempfile.TemporaryDirectory(prefix="attune-bench-") as fresh, servers.running(Path(fresh)) as runtime:
        yield runtime


async def built(runtime: Runtime, size: Size) -> dict[str, float]:
    """Have the house stand as of now, and return how long its refreshes take, in seconds."""
    connection = await asyncpg.connect(runtime.database_url, command_timeout=3600)
    await store.prepare(connection)
    await migrate(connection)
    if not await connection.fetchval("select count(*) from roster.stakeholders"):
        await _build(runtime, connection, size)
    _check(await _found(connection), size)
    took = await _refreshed(connection)
    await connection.execute("vacuum analyze")
    await connection.close()
    return took


async def _build(runtime: Runtime, connection: asyncpg.Connection, size: Size) -> None:
    await with_roster(runtime, size.relationships)
    for name, arguments in (("house_log", [size.touchpoints]), ("console_fold", []), ("house_alerts", [])):
        print(f"  {name} …", flush=True)
        await connection.execute(query(PACKAGE, name), *arguments)
        await connection.execute("analyze")
    await connection.execute("vacuum analyze")


async def _found(connection: asyncpg.Connection) -> Size:
    return Size(
        await connection.fetchval("select count(*) from roster.stakeholders"),
        await connection.fetchval("select count(*) from projector.log"),
    )


def _check(found: Size, wanted: Size) -> None:
    if found != wanted:
        raise SystemExit(f"the house in --home has {found}, and {wanted} is asked for: name another directory")


async def _refreshed(connection: asyncpg.Connection) -> dict[str, float]:
    """Refresh twice, and return what the second took: the first writes everything."""
    took = {}
    for _ in range(2):
        for refresh in (standings.standings, standings.coverage, standings.sources):
            began = time.perf_counter()
            await refresh(connection, clock.now())
            took[refresh.__name__] = time.perf_counter() - began
        await connection.execute("vacuum analyze console.standings")
    return took
