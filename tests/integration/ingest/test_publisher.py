import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from pydantic import SecretStr

from shared.errors import Refused, Unavailable
from shared.plumbing import credentials, sources
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import INTAKE, connected, declare
from shared.plumbing.publisher import BYTES_MAX, EVENTS_MAX, IN_FLIGHT_MAX, Publisher
from shared.plumbing.settings import Settings
from tests.integration.projector.history import NOW, touch


@pytest.fixture
async def jetstream(nats_url: str) -> AsyncIterator[JetStreamContext]:
    async with connected(nats_url, "test") as jetstream:
        await declare(jetstream)
        await jetstream.purge_stream(INTAKE)
        yield jetstream
        await jetstream.purge_stream(INTAKE)


@pytest.fixture
def chosen(home: Path, servers: Runtime) -> Settings:
    return Settings(directory=home, nats_url=SecretStr(servers.nats_url))


async def stored(jetstream: JetStreamContext) -> list[bytes]:
    state = (await jetstream.stream_info(INTAKE)).state
    return [(await jetstream.get_msg(INTAKE, n)).data or b"" for n in range(state.first_seq, state.last_seq + 1)]


async def test_leaving_the_block_means_that_every_event_is_stored(jetstream: JetStreamContext) -> None:
    told: list[int] = []
    async with Publisher(jetstream, "acme", told.append) as publisher:
        for number in range(1001):
            await publisher.publish(touch(number))

    batches = [orjson.loads(message) for message in await stored(jetstream)]
    assert sorted(event["id"] for batch in batches for event in batch) == sorted(f"event-{n}" for n in range(1001))
    assert max(map(len, batches)) == EVENTS_MAX
    assert sum(told) == 1001


async def test_large_events_go_in_smaller_batches(jetstream: JetStreamContext) -> None:
    async with Publisher(jetstream, "acme") as publisher:
        for _ in range(9):
            await publisher.publish(b'"' + b"x" * 60_000 + b'"')

    messages = await stored(jetstream)
    assert [len(orjson.loads(message)) for message in messages] == [4, 4, 1]
    assert max(map(len, messages)) <= BYTES_MAX + 2


async def test_what_nobody_stores_is_unavailable_in_the_end(jetstream: JetStreamContext) -> None:
    publisher = Publisher(jetstream, "no.such.source", give_up_after_seconds=0.3)
    await publisher.publish(touch(1))

    with pytest.raises(Unavailable, match=r"touchpoints\.in\.no\.such\.source is not acknowledged"):
        await publisher.flush()


async def test_more_than_nats_takes_is_refused(jetstream: JetStreamContext) -> None:
    publisher = Publisher(jetstream, "acme")
    await publisher.publish(b"x" * 9_000_000)

    with pytest.raises(Refused, match="more than NATS takes"):
        await publisher.flush()


async def test_a_source_publishes_to_its_own_subject_with_what_it_was_given(
    jetstream: JetStreamContext, chosen: Settings
) -> None:
    granted = await credentials.grant(jetstream, chosen, "acme", NOW)

    async with (
        connected(granted.nats_url, "acme", granted.inbox_prefix) as own,
        Publisher(own, "acme", give_up_after_seconds=5) as publisher,
    ):
        await publisher.publish(touch(1))

    assert len(await stored(jetstream)) == 1
    assert sources.digest(granted.http_token) in await digests(jetstream)


async def test_rotating_voids_what_was_given_before(jetstream: JetStreamContext, chosen: Settings) -> None:
    before = await credentials.grant(jetstream, chosen, "acme", NOW)
    await credentials.grant(jetstream, chosen, "acme", NOW)

    assert sources.digest(before.http_token) not in await digests(jetstream)
    with pytest.raises(Unavailable):
        async with connected(before.nats_url, "acme", before.inbox_prefix):
            pass


async def digests(jetstream: JetStreamContext) -> set[str]:
    entry = await (await sources.bucket(jetstream)).get("acme")
    return {orjson.loads(entry.value or b"{}")["token_sha256"]}


async def test_what_is_not_stored_yet_is_sent_again_until_it_is(jetstream: JetStreamContext) -> None:
    publisher = Publisher(jetstream, "late.source", give_up_after_seconds=10)
    await publisher.publish(touch(1))
    flushing = asyncio.create_task(publisher.flush())
    await asyncio.sleep(0.3)
    assert not flushing.done()

    await jetstream.add_stream(StreamConfig(name="LATE", subjects=["touchpoints.in.late.source"]))
    await flushing

    assert (await jetstream.stream_info("LATE")).state.messages == 1
    await jetstream.delete_stream("LATE")


async def test_whoever_publishes_faster_than_nats_stores_waits_and_not_for_ever(jetstream: JetStreamContext) -> None:
    taken = 0

    async def flood() -> None:
        nonlocal taken
        async with Publisher(jetstream, "no.such.source", give_up_after_seconds=1) as publisher:
            for _ in range(10 * IN_FLIGHT_MAX * EVENTS_MAX):
                await publisher.publish(b"{}")
                taken += 1

    begun = time.monotonic()
    with pytest.raises(Unavailable):
        await flood()

    assert taken <= (IN_FLIGHT_MAX + 2) * EVENTS_MAX, "no more than that is held in memory"
    assert time.monotonic() - begun < 10


async def test_leaving_the_block_by_an_error_leaves_nothing_behind(jetstream: JetStreamContext) -> None:
    before = asyncio.all_tasks()

    async def fail() -> None:
        async with Publisher(jetstream, "no.such.source") as publisher:
            for number in range(EVENTS_MAX + 1):
                await publisher.publish(touch(number))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await asyncio.sleep(0.01)

    assert asyncio.all_tasks() <= before


async def test_who_goes_on_after_a_failure_is_told_each_time_and_never_waits_for_ever(
    jetstream: JetStreamContext,
) -> None:
    publisher = Publisher(jetstream, "no.such.source", give_up_after_seconds=0.2)
    await publisher.publish(touch(1))
    with pytest.raises(Unavailable):
        await publisher.flush()

    told = 0
    async with asyncio.timeout(10):
        for _ in range((IN_FLIGHT_MAX + 2) * EVENTS_MAX):
            try:
                await publisher.publish(b"{}")
            except Unavailable:
                told += 1

    assert told > IN_FLIGHT_MAX
