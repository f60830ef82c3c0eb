"""How fast the projector's statement is beside plain COPY of the same rows into the same log table.

    python -m benchmarks.fold [--rows 40000] [--rounds 3]

Both write 500, 2000 or 5000 rows a transaction into `projector.log` with the production indexes and fsync
on, in turn, so that a slow moment of the machine meets both. Prints touchpoints a second, the ratio, and
where the statement's time goes (its own EXPLAIN ANALYZE).
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.rig import report, rig, touchpoints, with_roster
from services.ingest.interpret import Policy, interpret
from services.projector import store
from services.projector.batch import gather
from services.projector.project import project
from shared.alignment.model import default_model
from shared.events.accepted import Accepted, pack
from shared.plumbing import clock
from shared.plumbing.models import ensure_model
from shared.plumbing.queries import query

SIZES = (500, 2000, 5000)
PEOPLE = 1000
LOG_COLUMNS = (
    "event_key", "handle", "by_handle", "occurred_at", "recorded_at", "content", "minutes", "intensity",
    "breadth", "form", "ordinal", "planned", "source", "event_source", "event_id", "initiative", "details",
)  # fmt: skip


def accepted(count: int, tag: str, policy: Policy) -> list[Accepted]:
    """Return touchpoints as ingest would send them on."""
    message = orjson.dumps(list(touchpoints(count, PEOPLE, tag)))
    return [t for o in interpret(message, "bench", clock.now(), policy) for t in o.touchpoints]


def log_rows(batch: Sequence[Accepted]) -> list[tuple[Any, ...]]:
    """Return the same touchpoints as rows for COPY."""
    now = clock.now()
    return [
        (
            UUID(t.event_key), UUID(t.handle), None, datetime.fromtimestamp(t.occurred_at, UTC), now, t.content,
            t.minutes, t.intensity, t.breadth, t.form, t.ordinal, t.planned, t.source, t.event_source, t.event_id,
            t.initiative, t.details,
        )
        for t in batch
    ]  # fmt: skip


async def timed_copy(connection: asyncpg.Connection, batches: list[list[Accepted]]) -> float:
    """Return seconds to COPY the batches, a transaction each."""
    rows = [log_rows(batch) for batch in batches]
    began = time.perf_counter()
    for batch in rows:
        async with connection.transaction():
            await connection.copy_records_to_table("log", schema_name="projector", records=batch, columns=LOG_COLUMNS)
    return time.perf_counter() - began


async def timed_fold(connection: asyncpg.Connection, batches: list[list[Accepted]]) -> float:
    """Return seconds to project the batches, a transaction each; like COPY's rows, they are decoded before."""
    gathered = [gather([pack(batch, [], "bench")]) for batch in batches]
    began = time.perf_counter()
    for batch in gathered:
        await project(batch, connection)
    return time.perf_counter() - began


async def where_time_goes(connection: asyncpg.Connection, batch: list[Accepted]) -> dict[str, float]:
    """Return milliseconds inside one statement of 2000 touchpoints, by step."""
    ((era, columns),) = gather([pack(batch, [], "bench")]).eras()
    async with connection.transaction():
        await connection.execute(query(store.PACKAGE, "begin_fold"))
        plan = await connection.fetchval(
            "explain (analyze, format json) " + query(store.PACKAGE, "fold"),
            era,
            *(columns[name] for name in Accepted._fields),
        )
    top = orjson.loads(plan)[0]
    steps = {"planning": top["Planning Time"], "whole statement": top["Execution Time"]}
    for node in top["Plan"]["Plans"]:
        if name := node.get("Subplan Name"):
            steps[name] = node["Actual Total Time"]
    return steps


async def measure(rows: int, rounds: int) -> None:
    """Run, print and write `out/fold.json`."""
    with rig() as runtime:
        await with_roster(runtime, PEOPLE)
        connection = await asyncpg.connect(runtime.database_url, server_settings=store.CONNECTION_SETTINGS)
        await ensure_model(connection, default_model(), clock.now())
        policy = Policy(runtime.handle_key.encode())
        figures: dict[int, dict[str, list[float]]] = {size: {"copy": [], "fold": []} for size in SIZES}
        for turn in range(rounds):
            for size in SIZES:
                for name, timed in (("copy", timed_copy), ("fold", timed_fold)):
                    whole = accepted(rows, f"{name}-{size}-{turn}", policy)
                    batches = [whole[i : i + size] for i in range(0, rows, size)]
                    await connection.execute("checkpoint")
                    figures[size][name].append(rows / await timed(connection, batches))
        steps = await where_time_goes(connection, accepted(2000, "explain", policy))
        await connection.close()
    show(figures, steps)


def show(figures: dict[int, dict[str, list[float]]], steps: dict[str, float]) -> None:
    """Print the tables and write the result for batches of 2000."""
    table = Table("batch", "fold /s", "COPY /s", "fold ÷ COPY", title="touchpoints a second, medians")
    medians = {size: {k: statistics.median(v) for k, v in both.items()} for size, both in figures.items()}
    ratios = {
        size: statistics.median(f / c for f, c in zip(both["fold"], both["copy"], strict=True))
        for size, both in figures.items()
    }
    for size, both in medians.items():
        table.add_row(str(size), f"{both['fold']:,.0f}", f"{both['copy']:,.0f}", f"{ratios[size]:.2f}")
    console = Console()
    console.print(table)
    breakdown = Table("step", "ms", title="one statement of 2000 touchpoints (a step includes those it draws on)")
    for name, milliseconds in steps.items():
        breakdown.add_row(name, f"{milliseconds:.1f}")
    console.print(breakdown)
    report(
        "fold",
        medians[2000]["fold"],
        "touchpoints/s",
        {"copy": medians[2000]["copy"]},
        batches={str(size): {**medians[size], "paired_ratio": ratios[size]} for size in SIZES},
        milliseconds=steps,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.rows, arguments.rounds))
