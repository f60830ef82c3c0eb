"""Stories on a fresh database, and somebody to tell them to."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import standardwebhooks
from nats.aio.client import Client

from services.alerts import store
from services.alerts.channels.webhook import Webhook
from shared.plumbing import postgres
from shared.plumbing.jetstream import connect, declare
from tests.integration.alerts.collector import Collector, Request, collecting
from tests.integration.alerts.story import Story

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 -- opens nothing


@pytest.fixture
async def story(connection: asyncpg.Connection) -> Story:
    """A model in force and nobody on the roster yet."""
    story = Story(connection)
    await story.model()
    return story


@pytest.fixture(scope="module")
def post_office() -> Iterator[Collector]:
    """A collector for many stories."""
    with collecting() as collector:
        yield collector


@asynccontextmanager
async def told_to(post_office: Collector, story: Story) -> AsyncIterator[Story]:
    """Let a real collector hear of the story, and see that it did: signed, each message once, an alert's in order."""
    post_office.requests.clear()
    story.webhook = Webhook(post_office.url, [SECRET], allow_private=True)
    yield story
    await story.posted(story.at(10_000))
    await story.webhook.close()
    rows = await story.connection.fetch("select * from attune.deliveries where channel = 'webhook' order by created_at")
    heard = [headers(request) for request in post_office.requests]
    assert sorted(its["webhook-id"] for its in heard) == sorted(
        str(row["id"]) for row in rows if row["status"] == "delivered"
    )
    for its, request in zip(heard, post_office.requests, strict=True):
        moment = datetime.fromtimestamp(int(its["webhook-timestamp"]), UTC)
        assert its["webhook-signature"] == standardwebhooks.Webhook(SECRET).sign(
            its["webhook-id"], moment, request.body
        )
    numbers = await story.connection.fetch("select delivery_id, alert_id, number from alerts.deliveries")
    number_of = {str(row["delivery_id"]): (row["alert_id"], row["number"]) for row in numbers}
    for alert in {row["alert_id"] for row in rows}:
        order = [number for its in heard for of, number in [number_of[its["webhook-id"]]] if of == alert]
        assert order == sorted(order)


def headers(request: Request) -> dict[str, str]:
    """Return the headers by their small names."""
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Any]:
    """Connections as alerts has them, with the rights of its role."""
    async with await postgres.pool(database, "alerts", store.CONNECTION_SETTINGS, 4) as pool:
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
