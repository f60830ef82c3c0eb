"""Whatever is killed in mid-stream: what was acknowledged counts exactly once."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import nats.errors
import nats.js.errors
import pytest

from shared.plumbing import clock, jetstream
from shared.plumbing.counted import counted
from shared.plumbing.credentials import Credentials
from shared.plumbing.publisher import Publisher
from tests import house
from tests.house import House, is_ready, second_projector, until
from tests.integration.projector.history import same, states

SEED = 41
EVENTS = 6_000
SECONDS = 4.0
"""How long a stream lasts: the kill falls into its middle."""
PEOPLE = [f"person-{i}@corp.example" for i in range(20)]
FACTS: tuple[dict[str, Any], ...] = (
    {"kind": "email", "direction": "inbound"},
    {"kind": "meeting", "duration_minutes": 30},
    {"kind": "setback", "direction": "inbound", "severity": 0.25},
)


@pytest.fixture(scope="module")
def attune() -> Iterator[House]:
    with house.opened() as running:
        running.roster(PEOPLE)
        yield running


@pytest.fixture(scope="module")
def acme(attune: House) -> Credentials:
    return attune.source("acme")


def history(tag: str, count: int = EVENTS, aged: timedelta = timedelta(0)) -> list[dict[str, Any]]:
    """Return events of the last hundred days, none younger than `aged`."""
    chance, now = random.Random(SEED), clock.now() - aged
    return [
        {
            "specversion": "1.0",
            "id": f"{tag}-{number}",
            "source": "crm/export",
            "type": "attune.touchpoint.v1",
            "time": (now - timedelta(days=chance.random() * 100)).isoformat(),
            "data": {"people": [{"address": chance.choice(PEOPLE)}], **chance.choice(FACTS)},
        }
        for number in range(count)
    ]


@asynccontextmanager
async def streaming(acme: Credentials, events: list[dict[str, Any]]) -> AsyncIterator[list[int]]:
    """Publish all events, evenly over some seconds, while the block runs; it ends once all are acknowledged."""
    acknowledged: list[int] = []
    task = asyncio.create_task(stream(acme, events, acknowledged))
    yield acknowledged
    await task


async def stream(acme: Credentials, events: list[dict[str, Any]], acknowledged: list[int]) -> None:
    """Publish as a connector does: ten events at a time, each message tried until it is acknowledged."""
    client = await jetstream.connect(acme.nats_url, "acme", acme.inbox_prefix)
    began = time.monotonic()
    async with Publisher(client.jetstream(), acme.name, acknowledged.append) as publisher:
        for number, event in enumerate(events):
            await publisher.publish(event)
            if number % 10 == 9:
                task = asyncio.create_task(publisher.flush())
                await asyncio.sleep(max(0, began + SECONDS * number / len(events) - time.monotonic()))
                await task
    await client.close()


async def until_settled(attune: House) -> None:
    """Return once everything published is counted, whoever had to be started again for that."""

    async def is_settled() -> bool:
        try:
            client = await asyncio.wait_for(attune.nats(), 5)
        except (OSError, TimeoutError, nats.errors.Error):
            return False
        try:
            await counted(client.jetstream(), lambda _done, _all: None)
        except (nats.errors.Error, nats.js.errors.Error):
            return False
        finally:
            await client.close()
        return True

    await until(is_settled, seconds=60)


async def assert_each_counts_once(attune: House, events: list[dict[str, Any]]) -> None:
    """Compare the log with what was acknowledged, and the states with a fresh fold of the log."""
    connection = await until(lambda: connected(attune))
    logged = await connection.fetch(
        "select id, count(*) as times from attune.touchpoints where id = any($1) group by id",
        [event["id"] for event in events],
    )
    assert {row["id"]: row["times"] for row in logged} == {event["id"]: 1 for event in events}
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('attune.fold'))")
        lived = await states(connection)
        await connection.fetchval("select projector.refold(null, now())")
        assert same(await states(connection), lived)
    await connection.close()


async def connected(attune: House) -> asyncpg.Connection | None:
    try:
        return await attune.postgres()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


@pytest.mark.parametrize("name", ["ingest", "projector"])
async def test_who_is_asked_to_stop_in_mid_stream_gives_back_what_it_holds(
    attune: House, acme: Credentials, name: str
) -> None:
    events = history(f"asked-{name}")

    async with streaming(acme, events) as acknowledged:
        await until(lambda: asyncio.sleep(0, sum(acknowledged) > EVENTS / 3))
        asked = attune.signal(name, signal.SIGTERM)
        in_mid_stream = sum(acknowledged)
    await until(lambda: asyncio.sleep(0, attune.runtime.pids[name] != asked))
    await until_settled(attune)

    assert in_mid_stream < EVENTS
    assert "this is a bug" not in attune.log(name)
    await assert_each_counts_once(attune, events)


@pytest.mark.parametrize("name", ["ingest", "projector", "alerts", "postgres", "nats"])
async def test_a_kill_in_mid_stream_loses_nothing_and_counts_nothing_twice(
    attune: House, acme: Credentials, name: str
) -> None:
    print(f"seed {SEED}")  # noqa: T201 -- to see it again
    events = history(name)

    async with streaming(acme, events) as acknowledged:
        await until(lambda: asyncio.sleep(0, sum(acknowledged) > EVENTS / 3))
        killed = attune.signal(name, signal.SIGKILL)
        in_mid_stream = sum(acknowledged)
    if name in attune.runtime.http:
        await until(lambda: is_ready(attune.runtime.http[name]))
    await until_settled(attune)

    assert in_mid_stream < EVENTS
    assert sum(acknowledged) == EVENTS
    assert attune.runtime.pids[name] != killed
    await assert_each_counts_once(attune, events)


async def test_the_end_of_every_connection_to_postgres_in_mid_stream_loses_nothing_and_counts_nothing_twice(
    attune: House, acme: Credentials
) -> None:
    events, before, ended = history("cut"), attune.runtime.pids, 0
    connection = await attune.postgres()

    async with streaming(acme, events) as acknowledged:
        for share in (0.2, 0.5, 0.8):
            await until(lambda share=share: asyncio.sleep(0, sum(acknowledged) > EVENTS * share))  # type: ignore[misc]
            ended += await connection.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'attune-%'"
            )
    await connection.close()
    for name in ("projector", "alerts", "console"):
        await until(lambda name=name: is_ready(attune.runtime.http[name]))  # type: ignore[misc]
    await until_settled(attune)

    assert ended >= 3 * 3
    assert attune.runtime.pids == before
    await assert_each_counts_once(attune, events)


async def test_a_projector_that_stood_still_until_its_batch_was_given_to_another_counts_nothing_twice(
    attune: House, acme: Credentials
) -> None:
    events = history("stopped")
    with second_projector(attune) as replica:
        await until(lambda: is_ready(replica))

        async with streaming(acme, events) as acknowledged:
            await until(lambda: asyncio.sleep(0, sum(acknowledged) > EVENTS / 3))
            stopped = attune.signal("projector", signal.SIGSTOP)
        # The other one takes everything, what the first was in the middle of too.
        await until(lambda: are_logged(attune, events))
        attune.signal("projector", signal.SIGCONT)
        await until_settled(attune)

    assert attune.runtime.pids["projector"] == stopped
    await assert_each_counts_once(attune, events)


async def are_logged(attune: House, events: list[dict[str, Any]]) -> bool:
    connection = await attune.postgres()
    ids = [event["id"] for event in events]
    found = await connection.fetchval("select count(*) from attune.touchpoints where id = any($1)", ids)
    await connection.close()
    return bool(found == len(ids))
