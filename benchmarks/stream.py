"""From published to visible: touchpoints a second through broker, ingest, projector and Postgres.

    python -m benchmarks.stream [--quick] [--cluster]

`--cluster` sends messages of 200 through the whole cluster of docs/cluster.md on this machine instead: three NATS
servers that keep three copies, Postgres with a standby that has every commit, two of each service.

Beside it, in the same run and on servers of their own: the broker alone with a bare client, a per-event FastStream
subscriber with one transaction each (naive), and, after `make peers`, Pathway.

Load generator, NATS, ingest, projector and Postgres all share this machine. `always` means that JetStream
syncs each message to disk before it acknowledges (attune's default on one machine); `default` is JetStream's
own interval, as in a replicated cluster. Time runs from the first publish until every touchpoint is in the
log and its relationship reads so in `attune.alignment`.
"""

import argparse
import asyncio
import os
import time
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import nats
import orjson
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import baselines, load
from benchmarks.rig import report, rig, services, touchpoints, with_roster
from shared.plumbing import clock
from shared.plumbing.counted import counted
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.sources import register
from tests.faults import cluster

PEOPLE = 1000
NATS_DEFAULT_SYNC = "2m"


class Streamed(NamedTuple):
    """What one run came to."""

    touchpoints_per_second: float
    bare_messages_per_second: float
    cpu_microseconds: dict[str, float]
    """Per touchpoint, by process: what stays true when the machine is busy with other things."""


async def stream(sync_interval: str, per_message: int, count: int) -> Streamed:
    """Publish everything and return when it is visible."""
    with rig(sync_interval) as runtime:
        await with_roster(runtime, PEOPLE)
        events = [orjson.dumps(event) for event in touchpoints(count, PEOPLE, "run")]
        messages = in_messages(events, per_message)
        bare = await bare_publisher(runtime.nats_url, messages[: max(2_000, len(messages) // 5)])
        with services(runtime) as services_pids:
            client = await nats.connect(runtime.nats_url)
            await register(client.jetstream(), "bench", "token", clock.now())
            await client.close()
            return await timed(runtime, services_pids | runtime.pids, messages, count, bare)


async def timed(runtime: Runtime, pids: dict[str, int], messages: list[bytes], count: int, bare: float) -> Streamed:
    """Publish to services that run, and return once all is visible."""
    began, cpu = time.perf_counter(), cpu_seconds(pids)
    await load.publish(runtime.nats_url, "touchpoints.in.bench", messages)
    await acknowledged(runtime.nats_url)
    await visible(runtime.database_url, count)
    seconds = time.perf_counter() - began
    spent = {name: 1e6 * (after - cpu[name]) / count for name, after in cpu_seconds(pids).items()}
    return Streamed(count / seconds, bare, spent)


async def through_cluster(per_message: int, count: int) -> Streamed:
    """Do the same through three NATS servers, a Postgres with its standby, and two of each service."""
    with cluster.opened() as house:
        runtime = house.runtime
        # What goes to the first of several servers is answered by whichever leads the stream.
        address = urlsplit(runtime.nats_url)
        one = replace(runtime, nats_url=address._replace(netloc=address.netloc.partition(",")[0]).geturl())
        await with_roster(one, PEOPLE)
        house.attune("source", "add", "bench", "--json")
        events = [orjson.dumps(event) for event in touchpoints(count, PEOPLE, "run")]
        messages = in_messages(events, per_message)
        bare = await bare_publisher(one.nats_url, messages[: max(500, len(messages) // 5)], copies=3)
        return await timed(one, house.runtime.pids, messages, count, bare)


def in_messages(events: list[bytes], per_message: int) -> list[bytes]:
    """Return the events as a connector sends them."""
    if per_message == 1:
        return events
    return [b"[" + b",".join(events[i : i + per_message]) + b"]" for i in range(0, len(events), per_message)]


def cpu_seconds(pids: dict[str, int]) -> dict[str, float]:
    """Return the processor time of each process and its living children, and of ourselves: the load."""
    spent = {}
    for name, pid in {**pids, "load": os.getpid()}.items():
        process = psutil.Process(pid)
        family = [process] if name == "load" else [process, *process.children(recursive=True)]
        spent[name] = sum(sum(member.cpu_times()[:2]) for member in family)
    return spent


async def bare_publisher(url: str, messages: list[bytes], copies: int = 1) -> float:
    """Return messages a second that the broker alone takes and acknowledges."""
    client = await nats.connect(url)
    await client.jetstream().add_stream(name="BARE", subjects=["bare"], num_replicas=copies)
    began = time.perf_counter()
    await load.publish(url, "bare", messages)
    seconds = time.perf_counter() - began
    await client.jetstream().delete_stream("BARE")
    await client.close()
    return len(messages) / seconds


async def acknowledged(url: str) -> None:
    """Return once the projector has acknowledged everything: asking NATS costs the measured ones least."""
    client = await nats.connect(url)
    await counted(client.jetstream(), lambda _done, _all: None)
    await client.close()


async def visible(database_url: str, count: int) -> None:
    """Return when all touchpoints are logged and every relationship reads them; raise otherwise."""
    connection = await asyncpg.connect(database_url)
    logged = await connection.fetchval("select count(*) from projector.log")
    unread = await connection.fetchval("select count(*) from attune.alignment where last_touch_at is null")
    await connection.close()
    if logged != count or unread:
        raise AssertionError(f"{logged} of {count} are logged, and {unread} relationships do not show theirs")


async def measure(quick: bool) -> None:
    """Run, print and write `out/stream_*.json`."""
    share = 4 if quick else 1
    table = Table("messages of", "sync", "touchpoints /s", "beside", "µs of processor per touchpoint")
    for name, per_message, sync_interval, count in (
        ("stream_single_synced", 1, "always", 40_000 // share),
        ("stream_single", 1, NATS_DEFAULT_SYNC, 120_000 // share),
        ("stream_batched", 200, "always", 400_000 // share),
    ):
        value, bare, cpu = await stream(sync_interval, per_message, count)
        against = {"publisher": bare * per_message} | await peers(name, sync_interval, count)
        report(name, value, "touchpoints/s", against, sync_interval=sync_interval, cpu=cpu)
        costs = "\n".join(f"{process} {micros:.0f}" for process, micros in cpu.items())
        beside = "\n".join(f"{peer} {rate:,.0f}: {value / rate:.2f}" for peer, rate in against.items())
        table.add_row(str(per_message), sync_interval, f"{value:,.0f}", beside, costs)
    Console().print(table)


async def measure_cluster(quick: bool) -> None:
    """Run through the cluster, print and write `out/stream_cluster.json`."""
    per_message, count = 200, 400_000 // (4 if quick else 1)
    value, bare, cpu = await through_cluster(per_message, count)
    report("stream_cluster", value, "touchpoints/s", {"publisher": bare * per_message}, cpu=cpu)
    costs = ", ".join(f"{process} {micros:.0f}" for process, micros in cpu.items())
    Console().print(
        f"{value:,.0f} touchpoints/s, a bare publisher {bare * per_message:,.0f} events/s; µs each: {costs}"
    )


async def peers(name: str, sync_interval: str, count: int) -> dict[str, float]:
    """Return events a second of what this is compared with, by name."""
    events = [orjson.dumps(event) for event in touchpoints(count, PEOPLE, "peer")]
    with rig(sync_interval) as runtime:
        if name == "stream_single":
            slow = events[: count // 20]
            return {"broker": await baselines.broker(runtime, events), "naive": await baselines.naive(runtime, slow)}
        if name == "stream_batched" and baselines.PEERS.exists():
            return {"pathway": await baselines.pathway(runtime, in_messages(events, 200), 200)}
    return {}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the touchpoints")
    parser.add_argument("--cluster", action="store_true", help="through a whole cluster instead")
    chosen = parser.parse_args()
    asyncio.run((measure_cluster if chosen.cluster else measure)(chosen.quick))
