import asyncio
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from shared.plumbing.background import working
from shared.plumbing.forget_taken import EVERY, Forgetting
from tests.house import until

STREAM, DURABLE = "PASSING_BY", "reader"


@pytest.fixture
async def jetstream(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(nats_url)
    jetstream = client.jetstream()
    await jetstream.add_stream(name=STREAM, subjects=["passing.by"])
    await jetstream.add_consumer(STREAM, ConsumerConfig(durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT))
    for number in range(3):
        await jetstream.publish("passing.by", str(number).encode())
    yield jetstream
    await jetstream.delete_stream(STREAM)
    await client.close()


async def fetched(jetstream: JetStreamContext) -> list[Msg]:
    reader = await jetstream.pull_subscribe_bind(DURABLE, STREAM)
    messages: list[Msg] = await reader.fetch(3, timeout=5)
    return messages


async def left(jetstream: JetStreamContext) -> list[int]:
    state = (await jetstream.stream_info(STREAM)).state
    return list(range(state.first_seq, state.last_seq + 1))


async def within_a_while(jetstream: JetStreamContext, expected: list[int]) -> None:
    async def is_so() -> bool:
        return await left(jetstream) == expected

    await until(is_so)


async def test_what_is_acknowledged_is_forgotten(jetstream: JetStreamContext) -> None:
    forgetting = Forgetting(jetstream, STREAM, DURABLE)
    async with working(forgetting.run()):
        for message in await fetched(jetstream):
            await message.ack()
        forgetting.taken(3)

        await within_a_while(jetstream, [])


async def test_what_an_earlier_life_left_is_forgotten_at_the_start(jetstream: JetStreamContext) -> None:
    for message in await fetched(jetstream):
        await message.ack_sync()

    async with working(Forgetting(jetstream, STREAM, DURABLE).run()):
        await within_a_while(jetstream, [])


async def test_what_somebody_still_works_on_stays_with_all_behind_it_until_it_is_done(
    jetstream: JetStreamContext,
) -> None:
    first, second, third = await fetched(jetstream)
    forgetting = Forgetting(jetstream, STREAM, DURABLE)
    async with working(forgetting.run()):
        await first.ack()
        await third.ack()
        forgetting.taken(3)

        await within_a_while(jetstream, [2, 3])
        await asyncio.sleep(3 * EVERY)
        assert await left(jetstream) == [2, 3]

        await second.ack()
        await within_a_while(jetstream, [])
