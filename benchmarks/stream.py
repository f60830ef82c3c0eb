"""From published to visible: touchpoints a second through broker, ingest, projector and Postgres.

    python -m benchmarks.stream [--quick]

Load generator, NATS, ingest, projector and Postgres all share this machine. `always` means that JetStream
syncs each message to disk before it acknowledges (attune's default on one machine); `default` is JetStream's
own interval, as in a replicated cluster. Time runs from the first publish until every touchpoint is in the
log and its relationship reads so in `attune.alignment`.
"""

import argparse
import asyncio
import time

import asyncpg
import nats
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks import load
from benchmarks.rig import report, rig, services, touchpoints, with_roster
from shared.plumbing import clock
from shared.plumbing.sources import register

PEOPLE = 1000
NATS_DEFAULT_SYNC = "2m"


async def stream(sync_interval: str, per_message: int, count: int) -> tuple[float, float]:
    """Return touchpoints a second until visible, and messages a second of the bare publisher."""
    with rig(sync_interval) as runtime:
        await with_roster(runtime, PEOPLE)
        events = [orjson.dumps(event) for event in touchpoints(count, PEOPLE, "run")]
        messages = (
            events
            if per_message == 1
            else [b"[" + b",".join(events[i : i + per_message]) + b"]" for i in range(0, count, per_message)]
        )
        bare = await bare_publisher(runtime.nats_url, messages[: max(2_000, len(messages) // 5)])
        with services(runtime):
            client = await nats.connect(runtime.nats_url)
            await register(client.jetstream(), "bench", "token", clock.now())
            await client.close()
            began = time.perf_counter()
            await asyncio.gather(
                load.publish(runtime.nats_url, "touchpoints.in.bench", messages),
                visible(runtime.database_url, count),
            )
            return count / (time.perf_counter() - began), bare


async def bare_publisher(url: str, messages: list[bytes]) -> float:
    """Return messages a second that the broker alone takes and acknowledges."""
    client = await nats.connect(url)
    await client.jetstream().add_stream(name="BARE", subjects=["bare"])
    began = time.perf_counter()
    await load.publish(url, "bare", messages)
    seconds = time.perf_counter() - began
    await client.jetstream().delete_stream("BARE")
    await client.close()
    return len(messages) / seconds


async def visible(database_url: str, count: int) -> None:
    """Return once all touchpoints are logged and every relationship reads them."""
    connection = await asyncpg.connect(database_url)
    while await connection.fetchval("select count(*) from projector.log") < count:
        await asyncio.sleep(0.1)
    unread = await connection.fetchval("select count(*) from attune.alignment where last_touch_at is null")
    await connection.close()
    if unread:
        raise AssertionError(f"{unread} relationships do not show their touchpoints")


async def measure(quick: bool) -> None:
    """Run, print and write `out/stream_*.json`."""
    share = 4 if quick else 1
    table = Table("messages of", "sync", "touchpoints /s", "bare publisher, messages /s")
    for per_message, sync_interval, count in (
        (1, "always", 40_000 // share),
        (1, NATS_DEFAULT_SYNC, 120_000 // share),
        (200, "always", 400_000 // share),
    ):
        value, bare = await stream(sync_interval, per_message, count)
        table.add_row(str(per_message), sync_interval, f"{value:,.0f}", f"{bare:,.0f}")
        name = f"stream_{'single' if per_message == 1 else 'batched'}"
        if sync_interval == NATS_DEFAULT_SYNC:
            name += "_default_sync"
        report(name, value, "touchpoints/s", {"broker": bare * per_message}, sync_interval=sync_interval)
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the touchpoints")
    asyncio.run(measure(parser.parse_args().quick))
