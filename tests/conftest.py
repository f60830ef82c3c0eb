"""Real servers for the tests: started once, a fresh migrated database for each test that asks."""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import hypothesis
import psutil
import pytest

from shared.alignment.model import default_model
from shared.plumbing import clock
from shared.plumbing.embedded import servers as embedded
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.migrate import migrate
from shared.plumbing.models import ensure_model
from tests.databases import create, execute, renamed

TEMPLATE = "attune_template"
MEMORY = Path("/dev/shm")  # noqa: S108 -- only files that tempfile makes under it
MEMORY_MIN = 8 * 2**30
numbers = count(1)

# A test is not a stopwatch: how long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("attune", deadline=None)
hypothesis.settings.load_profile("attune")


def pytest_configure() -> None:
    """Keep what tests write in memory where there is plenty: a thousand databases made and dropped wait for no disk.

    What is killed here are processes, and a file in memory outlives them as one on a disk does.
    """
    # Whoever starts us in the background makes us deaf to some signals, and all that we start: tests send them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if MEMORY.is_dir() and min(psutil.virtual_memory().available, shutil.disk_usage(MEMORY).free) > MEMORY_MIN:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_xdist_auto_num_workers() -> int:
    """Return twice as many as there are cores: tests wait for servers, pages and deadlines as long as they compute."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The directory of the session's servers; as ATTUNE_DIRECTORY it makes commands find them."""
    # Not pytest's directory: its name can be too long for a socket.
    directory = Path(tempfile.mkdtemp(prefix="attune-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(home: Path) -> Iterator[Runtime]:
    """Postgres and NATS on a directory of their own, for the whole session."""
    with embedded.running(home) as runtime:
        yield runtime


@pytest.fixture(scope="session")
async def template(servers: Runtime) -> str:
    """A migrated database that others are copied from."""
    await create(servers, TEMPLATE, "template0")
    connection = await asyncpg.connect(renamed(servers.database_url, TEMPLATE))
    await migrate(connection)
    await ensure_model(connection, default_model(), clock.now())
    await connection.close()
    return TEMPLATE


@pytest.fixture
async def database(servers: Runtime, template: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated database."""
    name = f"test_{next(numbers)}"
    await create(servers, name, template)
    yield renamed(servers.database_url, name)
    await execute(servers, f"drop database {name} with (force)")


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the fresh database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def nats_url(servers: Runtime) -> str:
    """The address of NATS for our own services."""
    return servers.nats_url
