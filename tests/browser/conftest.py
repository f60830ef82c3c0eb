"""A real browser on a real console, served by a process of its own beside a told story."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Browser, async_playwright

from shared.plumbing.embedded import ports
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import connected, declare
from tests.browser.visit import Console
from tests.browser.world import told
from tests.databases import create, renamed
from tests.house import is_ready, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: `apt-get install -y chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def story(servers: Runtime, template: str) -> str:
    """A database with people in every condition, that others are copied from."""
    await create(servers, "browser_story", template)
    connection = await asyncpg.connect(renamed(servers.database_url, "browser_story"))
    await told(connection)
    await connection.close()
    return "browser_story"


@pytest.fixture(scope="session")
async def console(servers: Runtime, story: str, home: Path) -> AsyncIterator[Console]:
    """The console on a database of its own."""
    async with served(servers, story, home, "browser") as console:
        yield console


@pytest.fixture
async def console_of_its_own(servers: Runtime, story: str, home: Path) -> AsyncIterator[Console]:
    """Another one, for who leaves nothing as it was."""
    async with served(servers, story, home, "browser_alone") as console:
        yield console


@asynccontextmanager
async def served(servers: Runtime, story: str, home: Path, name: str) -> AsyncIterator[Console]:
    """Serve the console on a copy of the story."""
    async with connected(servers.nats_url, "test") as jetstream:
        await declare(jetstream)
    await create(servers, name, story)
    database = renamed(servers.database_url, name)
    address = f"127.0.0.1:{ports.free()}"
    environment = {
        "DIRECTORY": str(home),
        "DATABASE_URL": database,
        "NATS_URL": servers.nats_url,
        "CONSOLE_HTTP": address,
        "CONSOLE_URL": f"http://{address}",
    }
    process = subprocess.Popen(  # noqa: ASYNC220 -- it is there for as long as the block lasts
        [sys.executable, "-m", "services.console"],
        env={**os.environ, **{f"ATTUNE_{name}": value for name, value in environment.items()}},
    )
    try:
        await until(lambda: is_ready(address))
        yield Console(f"http://{address}", database)
    finally:
        process.terminate()
        process.wait(20)
