"""Stories on a fresh database, and somebody to tell them to."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from nats.aio.client import Client

from services.alerts.channels.webhook import Webhook
from shared.plumbing.jetstream import connect, declare
from tests.integration.alerts.collector import Collector, collecting
from tests.integration.alerts.story import Story

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 -- opens nothing


@pytest.fixture
async def story(connection: asyncpg.Connection) -> Story:
    """A model in force and nobody on the roster yet."""
    story = Story(connection)
    await story.model()
    return story


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(database, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
async def webhook(collector: Collector) -> AsyncIterator[Webhook]:
    webhook = Webhook(collector.url, [SECRET], allow_private=True)
    yield webhook
    await webhook.close()


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    """A connection to NATS, where the streams exist."""
    client = await connect(nats_url, "test")
    await declare(client.jetstream())
    yield client
    await client.close()
