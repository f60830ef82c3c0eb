"""Hour after hour at a steady rate: memory, what waits, and the time from published to logged must stay flat.

    python -m benchmarks.soak MINUTES [--rate TOUCHPOINTS_PER_SECOND]

Ingest, projector and alerts run as in production on embedded servers. Every ten seconds the memory of each process
(proportional set, shared pages counted once), the messages that wait, and the time that one event of its own takes are
noted. The first quarter warms up; of the rest, the medians of the first and the last third are compared. Leaves with
1 when memory of a process grew by more than a tenth and 16 MB, or latency or waiting messages more than doubled; less
than ten minutes are too few to say so.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

import asyncpg
import orjson
import psutil
from nats.js import JetStreamContext
from rich.console import Console
from rich.table import Table

from benchmarks.rig import report, rig, services, touchpoints, with_roster
from services.ingest.interpret import event_key
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import ACCEPTED, CONSUMERS, INTAKE, connected
from shared.plumbing.sources import register

PEOPLE = 1000
PER_MESSAGE = 100
LOOK_EVERY = 10.0
MINUTES_MIN = 10
"""Caches fill up, and a database grows into its memory: before that nothing is flat."""
MEGABYTE = 1024 * 1024
SERVICES = ("ingest", "projector", "alerts")


@dataclass
class Seen:
    """What was noted, look after look."""

    megabytes: dict[str, list[float]] = field(default_factory=dict)
    waiting: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """From published to logged."""


async def soak(minutes: float, rate: int) -> bool:
    """Run so long and tell whether everything stayed flat."""
    with rig() as runtime:
        await with_roster(runtime, PEOPLE)
        with services(runtime, SERVICES) as pids:
            async with connected(runtime.nats_url, "soak") as jetstream:
                await register(jetstream, "bench", "token", clock.now())
                ends_at = time.monotonic() + minutes * 60
                seen = Seen()
                published, _ = await asyncio.gather(
                    publish(jetstream, rate, ends_at), watch(jetstream, runtime, pids | runtime.pids, ends_at, seen)
                )
                connection = await asyncpg.connect(runtime.database_url)
                await settled(connection, published)
                await connection.close()
    return told(seen, minutes, rate, published)


async def publish(jetstream: JetStreamContext, rate: int, ends_at: float, people: int = PEOPLE) -> int:
    """Publish evenly until it is time to end; return how many events that were."""
    began, sent = time.monotonic(), 0
    events = endless(people)
    while time.monotonic() < ends_at:
        message = orjson.dumps(list(islice(events, PER_MESSAGE)))
        await jetstream.publish("touchpoints.in.bench", message, timeout=30)
        sent += PER_MESSAGE
        await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))
    return sent


def endless(people: int) -> Iterator[dict[str, object]]:
    """Yield touchpoints of the day before, for ever."""
    number = 0
    while True:
        yield from touchpoints(10_000, people, f"soak-{number}", seed=number)
        number += 1


async def watch(
    jetstream: JetStreamContext, runtime: Runtime, pids: dict[str, int], ends_at: float, seen: Seen
) -> None:
    """Note everything again and again until it is time to end."""
    connection = await asyncpg.connect(runtime.database_url)
    look = 0
    while time.monotonic() < ends_at - LOOK_EVERY:
        await asyncio.sleep(LOOK_EVERY)
        for name, pid in pids.items():
            seen.megabytes.setdefault(name, []).append(memory(pid))
        seen.waiting.append(await waiting(jetstream))
        seen.seconds.append(await passage(jetstream, connection, look))
        look += 1
    await connection.close()


def memory(pid: int) -> float:
    """Return the megabytes that a process and its children take."""
    process = psutil.Process(pid)
    taken = 0
    for member in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            taken += member.memory_full_info().pss
    return taken / MEGABYTE


async def waiting(jetstream: JetStreamContext) -> float:
    """Return how many messages nobody has finished."""
    infos = [
        await jetstream.consumer_info(stream, CONSUMERS[stream].durable_name or "") for stream in (INTAKE, ACCEPTED)
    ]
    return float(sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos))


async def passage(jetstream: JetStreamContext, connection: asyncpg.Connection, look: int) -> float:
    """Return the seconds that one event takes from published to logged, amid all others."""
    [event] = touchpoints(1, PEOPLE, f"probe-{look}")
    key = event_key("bench", event["source"], event["id"])
    began = time.monotonic()
    await jetstream.publish("touchpoints.in.bench", orjson.dumps(event), timeout=30)
    while not await connection.fetchval("select exists (select from projector.log where event_key = $1::uuid)", key):
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def settled(connection: asyncpg.Connection, published: int) -> None:
    """Return once all that was published is logged; more than a minute is a loss."""
    async with asyncio.timeout(60):
        while await connection.fetchval("select count(*) from projector.log where event_id like 'soak-%'") < published:
            await asyncio.sleep(0.5)


def told(seen: Seen, minutes: float, rate: int, published: int) -> bool:
    """Print and keep what was seen; return whether it stayed flat."""
    table = Table("", "at first", "in the end", "flat", title=f"{minutes:g} minutes at {rate:,} touchpoints/s")
    rows = [
        *((f"{name}, MB", values, grew_little) for name, values in seen.megabytes.items()),
        ("messages waiting", seen.waiting, did_not_double),
        ("published to logged, s", seen.seconds, did_not_double),
    ]
    figures, flat = {}, True
    for name, values, holds in rows:
        first, last = ends(values)
        figures[name], is_flat = (first, last), holds(first, last)
        flat = flat and is_flat
        table.add_row(name, f"{first:,.2f}", f"{last:,.2f}", "yes" if is_flat else "NO")
    Console().print(table)
    worst = max(seen.seconds)
    print(f"{published:,} published, all logged; the slowest of {len(seen.seconds)} probes took {worst:.2f} s")
    report("soak", minutes, "minutes", {}, rate=rate, published=published, figures=figures, slowest=worst, flat=flat)
    return flat or minutes < MINUTES_MIN


def ends(values: list[float]) -> tuple[float, float]:
    """Return the medians of the first and the last third after a quarter of warming up."""
    warm = values[len(values) // 4 :]
    third = max(1, len(warm) // 3)
    return statistics.median(warm[:third]), statistics.median(warm[-third:])


def grew_little(first: float, last: float) -> bool:
    """Tell whether memory is as good as flat: caches fill up for a while."""
    return last <= first * 1.1 or last <= first + 16


def did_not_double(first: float, last: float) -> bool:
    """Tell whether a figure that jumps about stayed where it was."""
    return last <= max(first * 2, first + 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float, help="one at least; two hours is the full soak")
    parser.add_argument("--rate", type=int, default=5_000, help="touchpoints a second (5000)")
    chosen = parser.parse_args()
    sys.exit(0 if asyncio.run(soak(chosen.minutes, chosen.rate)) else 1)
