"""The console without a server around it: the same application, asked directly."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.console import store
from services.console.app import wired
from services.console.gate import prepared
from services.console.means import Means
from shared.plumbing import postgres
from shared.plumbing.settings import Settings
from tests.integration.alerts.story import Story
from tests.integration.console.desk import HOST, Desk

CONNECTIONS = 4


@pytest.fixture
async def means(database: str) -> AsyncIterator[Means]:
    """What the console works with."""
    settings = Settings(database_url=SecretStr(database), console_url=HOST)
    pool = await postgres.pool(database, "console", store.CONNECTION_SETTINGS, CONNECTIONS, prepared)
    yield Means(settings, pool)
    await pool.close()


@pytest.fixture
async def desk(connection: asyncpg.Connection, means: Means) -> AsyncIterator[Desk]:
    """Nobody is on a roster yet, and nobody has signed in."""
    transport = httpx.ASGITransport(wired(means))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield Desk(Story(connection), client, means.pool)
