"""What each service takes in memory, with few relationships and with many, under steady load.

    python -m benchmarks.memory [--people 1000 1000000] [--minutes 60] [--rate TOUCHPOINTS_PER_SECOND]

Every service runs as in production on embedded servers, and the load falls on people drawn at random. Proportional set
size, shared pages counted once: the medians of the first and the last third after a quarter of warming up, and the
largest. At most 120 MB each is wanted, and no growth.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.rig import report, rig, services, with_roster
from benchmarks.soak import ends, memory, publish
from shared.plumbing import clock
from shared.plumbing.jetstream import connected
from shared.plumbing.sources import register

SERVICES = ("ingest", "projector", "alerts", "console")
MEGABYTES_AT_MOST = 120.0
LOOKS = 120
"""Over the whole time."""


class Taken(NamedTuple):
    """Megabytes of one service."""

    first: float
    last: float
    largest: float


async def taken(people: int, minutes: float, rate: int) -> dict[str, Taken]:
    """Return what each service takes beside so many relationships."""
    with rig() as runtime:
        await with_roster(runtime, people)
        with services(runtime, SERVICES) as pids:
            async with connected(runtime.nats_url, "memory") as jetstream:
                await register(jetstream, "bench", "token", clock.now())
                ends_at = time.monotonic() + minutes * 60
                seen: dict[str, list[float]] = {name: [] for name in pids}
                await asyncio.gather(
                    publish(jetstream, rate, ends_at, people), watch(pids, seen, minutes * 60 / LOOKS, ends_at)
                )
    return {name: Taken(*ends(megabytes), max(megabytes)) for name, megabytes in seen.items()}


async def watch(pids: dict[str, int], seen: dict[str, list[float]], every: float, ends_at: float) -> None:
    """Note every service's memory again and again until it is time to end."""
    while time.monotonic() < ends_at:
        await asyncio.sleep(every)
        for name, pid in pids.items():
            seen[name].append(memory(pid))


async def measure(sizes: Sequence[int], minutes: float, rate: int) -> None:
    """Run, print and write `out/memory.json`."""
    table = Table("relationships", "service", "at first", "in the end", "largest", title="MB")
    found = {people: await taken(people, minutes, rate) for people in sizes}
    for people, services_taken in found.items():
        for name, one in services_taken.items():
            table.add_row(f"{people:,}", name, *(f"{megabytes:.0f}" for megabytes in one))
    Console().print(table)
    largest = max(one.largest for services_taken in found.values() for one in services_taken.values())
    figures = {str(people): {name: one._asdict() for name, one in those.items()} for people, those in found.items()}
    more = {"minutes": minutes, "rate": rate, "figures": figures}
    report("memory", largest, "MB", {"at_most": MEGABYTES_AT_MOST}, **more)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=int, default=1_000, help="touchpoints a second (1000)")
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.people, chosen.minutes, chosen.rate))
