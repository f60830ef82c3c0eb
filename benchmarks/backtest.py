"""How long judging a candidate model by the past takes.

    python -m benchmarks.backtest [--touchpoints 1000000] [--relationships 10000]

`attune backtest --model` as people call it, start included, beside the rebuild of all states from the same log in the
same run. The full size is 10 million touchpoints of 100 000 relationships; at most three times the rebuild is wanted.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.rebuild import filled, rebuilt
from benchmarks.rig import ROOT, report, rig
from shared.alignment.model import default_model
from shared.alignment.written import written
from shared.plumbing.embedded.runtime import Runtime

BACKTEST_AT_MOST = 3.0
LOOK_EVERY = 0.2
MEGABYTE = 1024 * 1024


def judged(runtime: Runtime) -> tuple[float, float]:
    """Return the seconds of a backtest of a candidate, and the megabytes it took at most."""
    with tempfile.TemporaryDirectory(prefix="attune-backtest-") as directory:
        candidate = Path(directory) / "candidate.toml"
        candidate.write_text(written(default_model()), "utf-8")
        command = [str(Path(sys.executable).with_name("attune")), "backtest", "--json", "--model", str(candidate)]
        servers = {"ATTUNE_DATABASE_URL": runtime.database_url, "ATTUNE_NATS_URL": runtime.nats_url}
        began, most = time.perf_counter(), 0
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | servers, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                most = max(most, psutil.Process(process.pid).memory_info().rss)
                time.sleep(LOOK_EVERY)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return time.perf_counter() - began, most / MEGABYTE


async def measure(touchpoints: int, relationships: int) -> None:
    """Run, print and write `out/backtest.json`."""
    with rig() as runtime:
        connection = await filled(runtime, touchpoints, relationships)
        rebuild = await rebuilt(connection)
        backtest, megabytes = await asyncio.to_thread(judged, runtime)
        await connection.close()
    table = Table("what", "s", "of the rebuild", title=f"{touchpoints:,} touchpoints, {relationships:,} relationships")
    table.add_row("rebuild", f"{rebuild:.2f}", "1.00")
    table.add_row(f"backtest, {megabytes:.0f} MB at most", f"{backtest:.2f}", f"{backtest / rebuild:.2f}")
    Console().print(table)
    against = {"rebuild": touchpoints / rebuild}
    seconds = {"rebuild": rebuild, "backtest": backtest}
    wanted = 1 / BACKTEST_AT_MOST
    report("backtest", touchpoints / backtest, "touchpoints/s", against, seconds=seconds, mb=megabytes, wanted=wanted)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touchpoints", type=int, default=1_000_000)
    parser.add_argument("--relationships", type=int, default=10_000)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.touchpoints, arguments.relationships))
