"""How long folding everything anew takes.

    python -m benchmarks.rebuild [--touchpoints 1000000] [--relationships 10000]

Beside `attune rebuild` on a year of touchpoints: a bare GROUP BY of the same decayed sums in the same Postgres, and
DuckDB over Parquet (with `make peers`) as the physical limit. The full size is 10 million touchpoints of 100 000
relationships.
"""

import argparse
import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.baselines import PEERS
from benchmarks.rig import ROOT, report, rig, with_roster
from services.projector.build import alone, build, put_in_force
from shared.alignment.model import default_model
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.models import ensure_model
from shared.plumbing.queries import query

PACKAGE = "benchmarks"
REBUILD_AT_MOST = 1.3
DOSES = """
    select handle, occurred, contact, dialogue, depth, accord, strain
    from projector.contributions join projector.log using (event_key, ordinal)
    where contributions.retracted_at is null
"""


async def filled(runtime: Runtime, touchpoints: int, relationships: int) -> asyncpg.Connection:
    """Write the log and return a connection that waits as long as it takes."""
    await with_roster(runtime, relationships)
    connection = await asyncpg.connect(runtime.database_url, command_timeout=36_000)
    await ensure_model(connection, default_model(), clock.now())
    print(f"writing {touchpoints:,} touchpoints of {relationships:,} relationships …", flush=True)
    await connection.execute(query(PACKAGE, "console_log"), touchpoints)
    await connection.execute("vacuum analyze projector.log")
    return connection


async def bare(connection: asyncpg.Connection) -> float:
    """Return the seconds of the bare GROUP BY."""
    began = time.perf_counter()
    await connection.execute(query(PACKAGE, "bare_group_by"))
    seconds = time.perf_counter() - began
    await connection.execute("drop table bare")
    return seconds


async def rebuilt(connection: asyncpg.Connection) -> float:
    """Return the seconds of a rebuild: beside, in strides that let folds pass, then the switch."""
    began = time.perf_counter()
    async with alone(connection):
        version = await build(connection, default_model(), clock.now(), lambda _more: None)
        await put_in_force(connection, version, clock.now())
    return time.perf_counter() - began


async def duckdb(connection: asyncpg.Connection) -> float | None:
    """Return the seconds of the same sums over Parquet; None where DuckDB is not installed."""
    if not PEERS.exists():
        print("without DuckDB: `make peers` installs it")
        return None
    with tempfile.TemporaryDirectory(prefix="attune-duckdb-") as directory:
        rows = Path(directory) / "rows.csv"
        await connection.copy_from_query(DOSES, output=str(rows), format="csv", header=True)
        command = [str(PEERS), str(ROOT / "benchmarks/peers/duckdb_sums.py"), str(rows), directory]
        told = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    return float(told.stdout)


async def measure(touchpoints: int, relationships: int) -> None:
    """Run, print and write `out/rebuild.json`."""
    with rig() as runtime:
        connection = await filled(runtime, touchpoints, relationships)
        took = {"group_by": await bare(connection), "rebuild": await rebuilt(connection)}
        if (limit := await duckdb(connection)) is not None:
            took["duckdb"] = limit
        await connection.close()
    table = Table("what", "s", "of the GROUP BY", title=f"{touchpoints:,} touchpoints, {relationships:,} relationships")
    for name, seconds in took.items():
        table.add_row(name, f"{seconds:.2f}", f"{seconds / took['group_by']:.2f}")
    Console().print(table)
    against = {name: touchpoints / seconds for name, seconds in took.items() if name != "rebuild"}
    report("rebuild", touchpoints / took["rebuild"], "touchpoints/s", against, seconds=took, wanted=1 / REBUILD_AT_MOST)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touchpoints", type=int, default=1_000_000)
    parser.add_argument("--relationships", type=int, default=10_000)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.touchpoints, arguments.relationships))
