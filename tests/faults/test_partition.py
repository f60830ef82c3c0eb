"""One of three NATS servers is cut off from the others and lives on: what was acknowledged counts exactly once."""

import asyncio
import json
import os
from collections.abc import Iterator

import nats
import pytest

from shared.plumbing import nats_address
from tests.faults import cluster as its
from tests.faults import network
from tests.faults.test_cluster import NODES, Load, load, more, whole
from tests.faults.test_kill import PEOPLE
from tests.house import House, until

pytestmark = pytest.mark.skipif(os.environ.get("ATTUNE_FAULTS") != "long", reason="the long set: make faults")
CUT_OFF_SECONDS = 45
"""Longer than servers and clients wait before they give a connection up, and than a batch in hand stays so."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[House]:
    with network.own(), its.opened("--no-standby") as running:
        running.roster(PEOPLE)
        running.attune("source", "add", "acme", "--json")
        yield running


def cut_off(cluster: House, node: str) -> None:
    """Let a server hear nothing of the others, and they nothing of it; clients still reach all."""
    ports = json.loads((cluster.directory / "ports.json").read_text())
    network.part(
        its.pid(cluster, node),
        ports[f"{node}_cluster"],
        [ports[f"{other}_cluster"] for other in NODES if other != node],
    )


async def goes_on_without(cluster: House, node: str) -> None:
    """Return once the others have a leader among themselves, which stores what it is told."""
    address = nats_address.read(cluster.runtime.nats_url)
    servers = [server for server, name in zip(address.servers, NODES, strict=True) if name != node]
    client = await nats.connect(servers, user=address.user, password=address.password)

    async def has_another() -> bool:
        try:
            return await its.leader(client) not in {"", node}
        except (nats.errors.Error, nats.js.errors.Error):
            return False

    await until(has_another, seconds=CUT_OFF_SECONDS)
    await client.close()


async def knows(cluster: House, node: str) -> None:
    """Return once the server that is cut off says that it is not whole."""
    await until(lambda: asyncio.sleep(0.1, not its.is_whole(cluster, node)), seconds=CUT_OFF_SECONDS)


async def cut_off_for_a_while(cluster: House, its_load: Load, node: str) -> None:
    await more(its_load)
    cut_off(cluster, node)
    try:
        await asyncio.gather(asyncio.sleep(CUT_OFF_SECONDS), goes_on_without(cluster, node), knows(cluster, node))
    finally:
        network.heal()
    await more(its_load)
    await whole(cluster)


@pytest.mark.parametrize("is_leader", [True, False], ids=["the leader", "another"])
async def test_a_server_that_is_cut_off_and_comes_back_loses_and_doubles_nothing(
    cluster: House, is_leader: bool
) -> None:
    client = await its.connection(cluster)
    async with load(cluster, f"parted-{is_leader}") as its_load:
        leader = await its.leader(client)
        others = (name for name in NODES if name != leader)
        pids = {name: its.pid(cluster, name) for name in NODES}
        await cut_off_for_a_while(cluster, its_load, leader if is_leader else next(others))
        assert {name: its.pid(cluster, name) for name in NODES} == pids
    await client.close()


async def test_after_all_that_everything_is_found_in_order(cluster: House) -> None:
    cluster.attune("check")
