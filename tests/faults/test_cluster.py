"""Three NATS servers, of which any one may be lost at any time: what was acknowledged counts exactly once."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from deploy.cluster import standby
from shared.plumbing.publisher import Publisher
from tests.certificates import Authority
from tests.faults import cluster as its
from tests.faults.test_kill import PEOPLE, assert_each_counts_once, history, until_settled
from tests.house import House, until

pytestmark = pytest.mark.skipif(os.environ.get("ATTUNE_FAULTS") != "long", reason="the long set: make faults")
NODES = ("nats-1", "nats-2", "nats-3")
PER_SECOND = 1_000
ROUNDS = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    routes = Authority.made(tmp_path_factory.mktemp("routes") / "routes")
    with its.opened("--certificates", str(routes.directory)) as running:
        running.roster(PEOPLE)
        running.attune("source", "add", "acme", "--json")
        yield running


class Load:
    """A connector that never stops reporting."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.events: list[dict[str, Any]] = []
        self.acknowledged = 0
        self.is_over = False
        self.slowest = 0.0

    async def run(self, cluster: House) -> None:
        """Publish as a connector does until it is over; return once everything is acknowledged."""
        client = await its.connection(cluster)
        async with Publisher(client.jetstream(), "acme", self._hear) as publisher:
            for number in range(1_000_000):
                if self.is_over:
                    break
                some = history(f"{self.tag}-{number}", PER_SECOND // 20)
                self.events += some
                for event in some:
                    await publisher.publish(event)
                began = time.monotonic()
                await publisher.flush()
                self.slowest = max(self.slowest, time.monotonic() - began)
                await asyncio.sleep(0.05)
        await client.close()

    def _hear(self, events: int) -> None:
        self.acknowledged += events


@asynccontextmanager
async def load(cluster: House, tag: str) -> AsyncIterator[Load]:
    """Report while the block lasts, and compare in the end."""
    its_load = Load(tag)
    task = asyncio.create_task(its_load.run(cluster))
    try:
        yield its_load
        its_load.is_over = True
        await task
    finally:
        task.cancel()
    await until_settled(cluster)
    print(f"{tag}: {its_load.acknowledged:,} events; none waited longer than {its_load.slowest:.1f} s")  # noqa: T201
    assert its_load.acknowledged == len(its_load.events)
    await assert_each_counts_once(cluster, its_load.events)


async def more(its_load: Load, events: int = 300) -> None:
    """Return once so many more events are acknowledged: what is broken is broken under load."""
    before = its_load.acknowledged
    await until(lambda: asyncio.sleep(0, its_load.acknowledged >= before + events), seconds=60)


async def whole(cluster: House) -> None:
    """Return once all three servers have caught up."""
    await until(lambda: asyncio.sleep(0.1, all(its.is_whole(cluster, node) for node in NODES)), seconds=60)


async def killed(cluster: House, its_load: Load, node: str) -> None:
    """Kill a server under load, and return once it is back and has caught up."""
    await more(its_load)
    before = cluster.signal(node, signal.SIGKILL)
    await more(its_load)
    await until(lambda: asyncio.sleep(0.05, its.pid(cluster, node) != before), seconds=60)
    await whole(cluster)


async def test_each_server_is_killed_in_turn_the_leader_last_and_nothing_is_lost_or_doubled(cluster: House) -> None:
    client = await its.connection(cluster)

    async with load(cluster, "killed") as its_load:
        for _ in range(ROUNDS):
            first = await its.leader(client)
            for node in NODES:
                if node != first:
                    await killed(cluster, its_load, node)
            await killed(cluster, its_load, await its.leader(client))
            if first != await its.leader(client):
                await killed(cluster, its_load, first)
    await client.close()


async def test_streams_and_buckets_are_kept_by_three(cluster: House) -> None:
    client = await its.connection(cluster)
    kept = {info.config.name: info.config.num_replicas for info in await client.jetstream().streams_info()}
    await client.close()

    assert set(kept.values()) == {3}
    assert {"INTAKE", "ACCEPTED", "REJECTED", "ALERTS", "KV_SOURCES"} <= set(kept)


async def test_a_leader_that_stands_still_for_a_minute_and_goes_on_harms_nothing(cluster: House) -> None:
    client = await its.connection(cluster)
    async with load(cluster, "still") as its_load:
        leader = await its.leader(client)
        cluster.signal(leader, signal.SIGSTOP)
        await asyncio.sleep(60)
        cluster.signal(leader, signal.SIGCONT)
        await more(its_load)
        await whole(cluster)
    await client.close()


async def deafened(cluster: House) -> None:
    """Let the standby hear no more of the first server, so that a commit which does not wait for it lacks there."""
    _, second = standby.pair(cluster.directory, standby.known_ports(cluster.directory))
    connection = await asyncpg.connect(second.url_tcp)
    await connection.execute("alter system set primary_conninfo = ''")
    await connection.execute("select pg_reload_conf()")
    await until(lambda: connection.fetchval("select not exists (select from pg_stat_wal_receiver)"))
    await connection.close()


async def test_the_standby_takes_over_under_load_and_has_every_commit(cluster: House) -> None:
    async with load(cluster, "promoted") as its_load:
        await more(its_load)
        await deafened(cluster)
        await more(its_load, 2_000)
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cluster", "promote", "--home", str(cluster.directory), cwd=its.ROOT
        )
        assert await done.wait() == 0
        await more(its_load, 2_000)


async def test_after_all_that_everything_is_found_in_order(cluster: House) -> None:
    cluster.attune("check")
