"""A running attune, a source that may report to it, and people it knows."""

from collections.abc import AsyncIterator, Iterator

import pytest
from nats.aio.client import Client

from shared.plumbing.credentials import Credentials
from tests import house
from tests.house import House
from tests.integration.ingest.intake import Intake
from tests.integration.ingest.reports import PEOPLE


@pytest.fixture(scope="package")
def attune() -> Iterator[House]:
    with house.opened() as running:
        running.roster(PEOPLE)
        yield running


@pytest.fixture(scope="package")
def acme(attune: House) -> Credentials:
    return attune.source("acme")


@pytest.fixture
async def admin(attune: House) -> AsyncIterator[Client]:
    """A connection to NATS that may do everything."""
    client = await attune.nats()
    yield client
    await client.close()


@pytest.fixture
async def intake(attune: House, acme: Credentials, admin: Client) -> AsyncIterator[Intake]:
    """The source's own connection, and what becomes of what it sends."""
    database = await attune.postgres()
    async with Intake.opened(acme, admin, database) as intake:
        yield intake
    await database.close()
