"""How long after its publication a touchpoint reads in `attune.alignment`, at a steady rate.

    python -m benchmarks.freshness [--seconds 15]

At 1000 and at 10 000 touchpoints a second (single events, and messages of 20), one touchpoint in a while is a person's
first, and from its publication on Postgres is asked every two milliseconds whether that person has one. JetStream's
default sync interval; everything on this machine, the load too.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator

import asyncpg
import nats
import orjson
from nats.aio.client import Client
from rich.console import Console
from rich.table import Table

from benchmarks.rig import address, report, rig, services, touchpoints, with_roster
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.sources import register

PEOPLE, PROBES_A_SECOND = 1000, 5
SUBJECT = "touchpoints.in.bench"
ASK_EVERY = 0.002
RATES = ((1_000, 1), (10_000, 20))
SEEN = "select last_touch_at is not null from attune.alignment where stakeholder = $1"
P50_MS, P99_MS = 20.0, 100.0


def ticks(rate: int, per_message: int, seconds: float) -> Iterator[list[bytes]]:
    """Yield what is to be published every hundredth of a second."""
    per_tick = rate // 100
    whole = touchpoints(int(rate * seconds), PEOPLE // 2, f"load-{rate}")
    for _ in range(int(100 * seconds)):
        events = [next(whole) for _ in range(per_tick)]
        yield [
            orjson.dumps(events[i : i + per_message] if per_message > 1 else events[i])
            for i in range(0, per_tick, per_message)
        ]


async def load(client: Client, rate: int, per_message: int, seconds: float) -> None:
    """Publish at the rate; JetStream's answers are not awaited, for they are not what is measured."""
    began = time.perf_counter()
    for number, messages in enumerate(ticks(rate, per_message, seconds)):
        await asyncio.sleep(max(0.0, began + number / 100 - time.perf_counter()))
        for message in messages:
            await client.publish(SUBJECT, message)


async def probe(client: Client, connection: asyncpg.Connection, person: int) -> float:
    """Return the milliseconds from publishing a person's first touchpoint until it reads."""
    (event,) = touchpoints(1, 1, f"probe-{person}", seed=person)
    event["data"]["people"] = [{"address": address(person)}]
    began = time.perf_counter()
    await client.publish(SUBJECT, orjson.dumps(event))
    while not await connection.fetchval(SEEN, f"person-{person}"):
        await asyncio.sleep(ASK_EVERY)
    return 1000 * (time.perf_counter() - began)


async def at_rate(runtime: Runtime, rate: int, per_message: int, seconds: float, first: int) -> list[float]:
    """Return every probe's milliseconds, in order."""
    client = await nats.connect(runtime.nats_url)
    connection = await asyncpg.connect(runtime.database_url)
    loading = asyncio.create_task(load(client, rate, per_message, seconds))
    took = list[float]()
    await asyncio.sleep(1)
    while not loading.done():
        took.append(await probe(client, connection, first + len(took)))
        await asyncio.sleep(1 / PROBES_A_SECOND)
    await loading
    await connection.close()
    await client.close()
    return sorted(took)


async def measure(seconds: float) -> None:
    """Run, print and write `out/freshness.json`."""
    table = Table("touchpoints /s", "messages of", "probes", "p50 ms", "p99 ms", "max ms")
    figures = {}
    for rate, per_message in RATES:
        with rig("2m") as runtime:
            await with_roster(runtime, PEOPLE)
            with services(runtime):
                client = await nats.connect(runtime.nats_url)
                await register(client.jetstream(), "bench", "token", clock.now())
                await client.close()
                took = await at_rate(runtime, rate, per_message, seconds, PEOPLE // 2)
        p50, p99 = took[len(took) // 2], took[min(len(took) - 1, int(0.99 * len(took)))]
        figures[str(rate)] = {"p50_ms": p50, "p99_ms": p99, "probes": len(took)}
        table.add_row(f"{rate:,}", str(per_message), str(len(took)), f"{p50:.0f}", f"{p99:.0f}", f"{took[-1]:.0f}")
    Console().print(table)
    first = figures["1000"]
    report(
        "freshness",
        first["p50_ms"],
        "ms",
        {"wanted p50": P50_MS},
        p99_ms=first["p99_ms"],
        wanted_p99_ms=P99_MS,
        rates=figures,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15, help="at each rate")
    asyncio.run(measure(parser.parse_args().seconds))
