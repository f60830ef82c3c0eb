"""What folding costs as attune grows: by the number of relationships, and by the rows that the log holds already.

    python -m benchmarks.growth [--people 10000 100000 1000000] [--rows 0 1000000 10000000]

Batches of 2000 touchpoints of people drawn at random, folded into a log of the given size. Wanted: at most a quarter
lost from the smallest to the largest.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence

import asyncpg
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.fold import timed_fold
from benchmarks.rig import report, rig, touchpoints, with_roster
from services.ingest.interpret import Policy, interpret
from services.projector import store
from shared.alignment.model import default_model
from shared.events.accepted import Accepted
from shared.plumbing import clock
from shared.plumbing.models import ensure_model
from shared.plumbing.queries import query

BATCH, BATCHES, WARM_UP = 2000, 15, 3


def batches(people: int, policy: Policy) -> Iterator[list[Accepted]]:
    """Yield what is folded."""
    events = touchpoints(BATCH * (BATCHES + WARM_UP), people, "growth")
    for _ in range(BATCHES + WARM_UP):
        message = orjson.dumps([next(events) for _ in range(BATCH)])
        yield [t for o in interpret(message, "bench", clock.now(), policy) for t in o.touchpoints]


async def folded(people: int, rows: int) -> float:
    """Return touchpoints a second that are folded beside so many relationships and rows."""
    with rig() as runtime:
        await with_roster(runtime, people)
        connection = await asyncpg.connect(
            runtime.database_url, server_settings=store.CONNECTION_SETTINGS, command_timeout=36_000
        )
        await ensure_model(connection, default_model(), clock.now())
        if rows:
            print(f"  writing {rows:,} rows …", flush=True)
            await connection.execute(query("benchmarks", "console_log"), rows)
        await connection.execute("vacuum analyze")
        whole = list(batches(people, Policy(runtime.handle_key.encode())))
        await timed_fold(connection, whole[:WARM_UP])
        seconds = await timed_fold(connection, whole[WARM_UP:])
        await connection.close()
        return BATCH * BATCHES / seconds


async def measure(people: Sequence[int], rows: Sequence[int]) -> None:
    """Run, print and write `out/growth.json`."""
    table = Table("relationships", "rows in the log", "touchpoints /s")
    found: dict[str, dict[str, float]] = {"relationships": {}, "rows": {}}
    for axis, sizes in (("relationships", [(its, 0) for its in people]), ("rows", [(people[0], its) for its in rows])):
        for size in sizes:
            rate = await folded(*size)
            found[axis][str(size[0] if axis == "relationships" else size[1])] = rate
            table.add_row(f"{size[0]:,}", f"{size[1]:,}", f"{rate:,.0f}")
    Console().print(table)
    rates = list(found["relationships"].values())
    report("growth", rates[-1], "touchpoints/s", {"smallest": rates[0]}, **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 1_000_000, 10_000_000])
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.people, arguments.rows))
