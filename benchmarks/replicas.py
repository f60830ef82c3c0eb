"""What more projectors bring and cost: the same backlog through 1, 2 and 4 of them.

    python -m benchmarks.replicas [--touchpoints 100000]

Envelopes wait in ACCEPTED before the projectors start. On two cores more of them cannot be faster; what is looked at is
that nothing is lost or doubled, and how much they hold one another up.
"""

import argparse
import asyncio
import time

import asyncpg
import nats
from rich.console import Console
from rich.table import Table

from benchmarks.fold import PEOPLE, accepted
from benchmarks.rig import report, rig, services, with_roster
from services.ingest.interpret import Policy
from shared.events.accepted import pack
from shared.plumbing.counted import counted
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import declare
from shared.plumbing.outgoing import publish_all
from shared.vocabulary import SUBJECT_ACCEPTED

ROWS = 2000
SUMS = "select count(*) as states, sum(touch_days) as touch_days, sum(evidence) as evidence from projector.states"


async def backlog(runtime: Runtime, count: int) -> None:
    """Leave so many touchpoints for the projectors."""
    whole = accepted(count, "replicas", Policy(runtime.handle_key.encode()))
    client = await nats.connect(runtime.nats_url)
    await declare(client.jetstream())
    envelopes = [(SUBJECT_ACCEPTED, pack(whole[i : i + ROWS], [], str(i))) for i in range(0, count, ROWS)]
    await publish_all(client.jetstream(), envelopes)
    await client.close()


async def through(replicas: int, count: int) -> tuple[float, dict[str, float]]:
    """Return touchpoints a second, and what the states add up to."""
    with rig() as runtime:
        await with_roster(runtime, PEOPLE)
        await backlog(runtime, count)
        client = await nats.connect(runtime.nats_url)
        began = time.perf_counter()
        with services(runtime, ("projector",) * replicas):
            await counted(client.jetstream(), lambda _done, _all: None)
            seconds = time.perf_counter() - began
        await client.close()
        connection = await asyncpg.connect(runtime.database_url)
        logged = await connection.fetchval("select count(*) from projector.log")
        sums = dict(await connection.fetchrow(SUMS))
        await connection.close()
    if logged != count:
        raise AssertionError(f"{logged} of {count} are logged")
    return count / seconds, {name: float(value) for name, value in sums.items()}


async def measure(count: int) -> None:
    """Run, print and write `out/replicas.json`."""
    table = Table("projectors", "touchpoints /s, their start included", "evidence")
    rates, found = {}, list[dict[str, float]]()
    for replicas in (1, 2, 4):
        rates[str(replicas)], sums = await through(replicas, count)
        found.append(sums)
        table.add_row(str(replicas), f"{rates[str(replicas)]:,.0f}", f"{sums['evidence']:.6f}")
    if any(abs(its[name] / found[0][name] - 1) > 1e-9 for its in found for name in its):
        raise AssertionError(f"the states differ: {found}")
    Console().print(table)
    report("replicas", rates["2"], "touchpoints/s", {"one projector": rates["1"]}, replicas=rates)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touchpoints", type=int, default=100_000)
    asyncio.run(measure(parser.parse_args().touchpoints))
