import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig
from prometheus_client import REGISTRY

from shared.errors import Unavailable
from shared.plumbing import pull, queue_counts
from shared.plumbing.background import working
from shared.plumbing.outgoing import publish_all
from shared.plumbing.pull import Pull
from tests.house import until

STREAM, DURABLE = "PULLED", "worker"
WORKER = ConsumerConfig(durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT)
MESSAGES = [str(number).encode() * 10 for number in range(6)]


class Store:
    """Somewhere slow: it holds every batch until it is let go."""

    def __init__(self) -> None:
        self.begun: list[list[bytes]] = []
        self.let_go = asyncio.Event()

    async def take(self, batch: list[Msg]) -> None:
        self.begun.append([message.data for message in batch])
        await self.let_go.wait()


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    client = await nats.connect(nats_url)
    jetstream = client.jetstream()
    await jetstream.add_stream(name=STREAM, subjects=["pulled"])
    await jetstream.add_consumer(STREAM, WORKER)
    for message in MESSAGES:
        await jetstream.publish("pulled", message)
    yield client
    await jetstream.delete_stream(STREAM)
    await client.close()


async def unacknowledged(client: Client) -> int:
    consumer = await client.jetstream().consumer_info(STREAM, DURABLE)
    return (consumer.num_ack_pending or 0) + (consumer.num_pending or 0)


async def all_delivered(client: Client) -> bool:
    consumer = await client.jetstream().consumer_info(STREAM, DURABLE)
    return bool(consumer.num_ack_pending == len(MESSAGES))


async def test_while_one_batch_is_being_stored_the_next_is_begun_and_no_third(client: Client) -> None:
    store = Store()
    async with working(Pull(client, STREAM, DURABLE, store.take, batch_size=2, keeps=True).run()):
        await until(lambda: asyncio.sleep(0, len(store.begun) == 2))
        await asyncio.sleep(0.3)

        assert len(store.begun) == 2
        assert await unacknowledged(client) == len(MESSAGES)

        store.let_go.set()
        await until(lambda: asyncio.sleep(0, sum(map(len, store.begun)) == len(MESSAGES)))
        assert [message for batch in store.begun for message in batch] == MESSAGES


async def test_a_batch_ends_with_the_message_that_fills_it(client: Client) -> None:
    store = Store()
    store.let_go.set()
    async with working(Pull(client, STREAM, DURABLE, store.take, batch_size=6, batch_bytes=15, keeps=True).run()):
        await until(lambda: asyncio.sleep(0, sum(map(len, store.begun)) == len(MESSAGES)))

    assert max(map(len, store.begun)) <= 2


async def test_what_could_not_be_stored_comes_again_and_the_rest_is_not_held_up(client: Client) -> None:
    store, refused = Store(), list[bytes]()
    store.let_go.set()

    async def take(batch: list[Msg]) -> None:
        if not refused:
            refused.extend(message.data for message in batch)
            raise Unavailable("nobody stores anything")
        await store.take(batch)

    async with working(Pull(client, STREAM, DURABLE, take, batch_size=2, keeps=True).run()):
        await until(lambda: asyncio.sleep(0, sum(map(len, store.begun)) == len(MESSAGES)))

    assert sorted(message for batch in store.begun for message in batch) == MESSAGES
    assert store.begun[0] != refused


async def test_what_waits_and_for_how_long_is_a_metric_and_unknown_while_nats_is_away(
    client: Client, nats_url: str
) -> None:
    jetstream = client.jetstream()
    await asyncio.sleep(0.3)
    await queue_counts.look(jetstream, STREAM, DURABLE)

    assert REGISTRY.get_sample_value("attune_queue_lag", {"consumer": DURABLE}) == len(MESSAGES)
    assert 0.2 < (REGISTRY.get_sample_value("attune_queue_oldest_seconds", {"consumer": DURABLE}) or 0) < 30

    other = await nats.connect(nats_url)
    await other.close()
    await queue_counts.look(other.jetstream(), STREAM, DURABLE)

    assert str(REGISTRY.get_sample_value("attune_queue_lag", {"consumer": DURABLE})) == "nan"


async def test_what_is_in_hand_for_long_is_given_to_nobody_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "STILL_AT_IT_EVERY", 0.1)
    jetstream, store = client.jetstream(), Store()
    await jetstream.add_consumer(STREAM, replace(WORKER, ack_wait=0.5))
    another = await jetstream.pull_subscribe_bind(DURABLE, STREAM)

    async with working(Pull(client, STREAM, DURABLE, store.take, batch_size=2, keeps=True).run()):
        # Two batches of two, and what had arrived behind them.
        await until(lambda: all_delivered(client))
        with pytest.raises(nats.errors.TimeoutError):
            await another.fetch(timeout=1.2)
        store.let_go.set()

    await another.unsubscribe()


async def test_a_new_connection_is_asked_at_once_whatever_became_of_the_old_ones_request(
    client: Client, nats_url: str
) -> None:
    store = Store()
    store.let_go.set()

    async def forget_the_request() -> None:
        # As a server does that died: it knows the messages, and none that asked for them.
        await client.jetstream().delete_consumer(STREAM, DURABLE)
        await client.jetstream().add_consumer(STREAM, WORKER)

    mine = await nats.connect(nats_url, disconnected_cb=forget_the_request)
    async with working(Pull(mine, STREAM, DURABLE, store.take, batch_size=10, keeps=True).run()):
        await until(lambda: asyncio.sleep(0, sum(map(len, store.begun)) == len(MESSAGES)))
        await mine.force_reconnect()

        await until(lambda: asyncio.sleep(0, sum(map(len, store.begun)) == 2 * len(MESSAGES)), seconds=3)
    await mine.close()


async def test_what_was_being_published_when_a_connection_ended_is_not_waited_for(nats_url: str) -> None:
    mine = await nats.connect(nats_url, reconnect_time_wait=0)
    heard = await mine.subscribe("pulled.by.nobody.who.answers")
    publishing = asyncio.create_task(publish_all(mine.jetstream(), [(heard.subject, b"lost")]))
    await heard.next_msg()

    await mine.force_reconnect()

    async with asyncio.timeout(3):
        with pytest.raises(Unavailable, match="NATS"):
            await publishing
    await mine.close()
