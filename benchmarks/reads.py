"""How long analysts wait: one stakeholder, one initiative, the worst of all, a moment of the past, an explanation.

    python -m benchmarks.reads [--people 100000] [--touchpoints 2000000]

A large house written by SQL as folds would have left it, and beside it an initiative of 1000. Medians of 7, warm.
"""

import argparse
import asyncio
import statistics
import time
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.rig import report, rig, with_roster
from shared.plumbing.queries import query

PACKAGE = "benchmarks"
SMALL = """
    with people as (
        insert into roster.people (stakeholder, name) select 'small-' || i, 'Small ' || i
        from generate_series(1, 1000) as i returning person_id, stakeholder
    ), made as (insert into roster.initiatives values ('small') returning initiative), addresses as (
        insert into roster.addresses (handle, person_id, address)
        select gen_random_uuid(), person_id, stakeholder || '@corp.example' from people
    )
    insert into roster.stakeholders (initiative, person_id) select 'small', person_id from people
"""
READS = (
    ("one stakeholder", 2.0, "select * from attune.alignment where initiative = 'small' and stakeholder = 'small-7'"),
    ("an initiative of 1000", 30.0, "select * from attune.alignment where initiative = 'small'"),
    ("the worst 100 of all", 1500.0, "select * from attune.alignment order by score nulls last limit 100"),
    (
        "alignment_at, one stakeholder",
        50.0,
        (
            "select * from attune.alignment_at(now() - interval '30 days') "
            "where initiative = 'small' and stakeholder = 'small-7'"
        ),
    ),
    ("explain", 10.0, "select * from attune.explain('small', 'small-7')"),
)


async def timed(connection: asyncpg.Connection, statement: str) -> tuple[float, int]:
    """Return the median milliseconds and how many rows came."""
    took, rows = list[float](), list[Any]()
    for _ in range(8):
        began = time.perf_counter()
        rows = await connection.fetch(statement)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[1:]), len(rows)


async def filled(connection: asyncpg.Connection, touchpoints: int) -> None:
    """Write a year of touchpoints and the states they leave."""
    await connection.execute(SMALL)
    for name, arguments in (("console_log", [touchpoints]), ("console_fold", [])):
        print(f"  {name} …", flush=True)
        await connection.execute(query(PACKAGE, name), *arguments)
    await connection.execute("vacuum analyze")


async def measure(people: int, touchpoints: int) -> None:
    """Run, print and write `out/reads.json`."""
    table = Table("read", "ms", "wanted", "rows", title=f"{people:,} relationships, {touchpoints:,} touchpoints")
    figures = {}
    with rig() as runtime:
        await with_roster(runtime, people)
        connection = await asyncpg.connect(runtime.database_url, command_timeout=3600)
        await filled(connection, touchpoints)
        for name, wanted, statement in READS:
            took, rows = await timed(connection, statement)
            figures[name] = {"ms": took, "wanted_ms": wanted, "rows": rows}
            table.add_row(name, f"{took:.1f}", f"{wanted:g}", str(rows))
        await connection.close()
    Console().print(table)
    first = figures["one stakeholder"]
    report(
        "reads",
        first["ms"],
        "ms",
        {"wanted": first["wanted_ms"]},
        reads=figures,
        people=people,
        touchpoints=touchpoints,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--touchpoints", type=int, default=2_000_000)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.people, arguments.touchpoints))
