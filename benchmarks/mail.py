"""An archive of mail through `attune import mbox`, twice: how many a second, in how much memory, and what is added.

    python -m benchmarks.mail [--mails 100000] [--lines 30]

Made-up mails (tests/unit/ingest/mailboxes.py: 3.4 kB each, a tenth of them newsletters) in a file; ingest and projector
run beside as in production, on embedded servers with fsync on. Wanted: 1500 mails a second, 200 MB at most, and a
second import that adds nothing; leaves with 1 where that does not hold.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.rig import ROOT, report, rig, services, with_roster
from shared.plumbing.embedded.runtime import Runtime
from tests.unit.ingest import mailboxes

MAILS_A_SECOND = 1_500
MEGABYTES_AT_MOST = 200.0
PEOPLE = 100
"""On a roster meanwhile; none of them writes."""


class Import(NamedTuple):
    """What one run of the command came to."""

    seconds: float
    processor_seconds: float
    """Of the command alone: services and servers have their own."""
    megabytes: float
    """At its largest."""
    touchpoints: int
    """In the log afterwards."""


def measured(mails: int, lines: int) -> list[Import]:
    """Import the same file twice into a fresh attune."""
    with tempfile.TemporaryDirectory(prefix="attune-mail-") as directory, rig() as runtime:
        path = Path(directory) / "archive.mbox"
        with path.open("wb") as file:
            file.writelines(mailboxes.mbox(mails, lines))
        asyncio.run(with_roster(runtime, PEOPLE))
        with services(runtime):
            return [imported(runtime, path) for _ in range(2)]


def imported(runtime: Runtime, path: Path) -> Import:
    """Import the file once and return what that took, waiting until all is counted."""
    begun = time.perf_counter()
    environment = os.environ | {
        "ATTUNE_DATABASE_URL": runtime.database_url,
        "ATTUNE_NATS_URL": runtime.nats_url,
        "ATTUNE_HANDLE_KEY": runtime.handle_key,
        "ATTUNE_OWN_DOMAINS": "acme.example",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli.app", "import", "mbox", str(path)], cwd=ROOT, env=environment
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"the import left with {process.returncode}")
    used_seconds = used.ru_utime + used.ru_stime
    return Import(seconds, used_seconds, used.ru_maxrss / 1024, asyncio.run(logged(runtime)))


async def logged(runtime: Runtime) -> int:
    """Return how many touchpoints the log holds."""
    connection = await asyncpg.connect(runtime.database_url)
    count: int = await connection.fetchval("select count(*) from projector.log")
    await connection.close()
    return count


def main(mails: int, lines: int) -> int:
    """Run, print and write `out/mail.json`; return 1 where less came of it than is wanted."""
    first, second = measured(mails, lines)
    table = Table("import", "seconds", "mails a second", "its own seconds of processor", "MB", "touchpoints in the log")
    for name, one in (("first", first), ("the same again", second)):
        figures = (f"{one.seconds:.1f}", f"{mails / one.seconds:,.0f}", f"{one.processor_seconds:.1f}")
        table.add_row(name, *figures, f"{one.megabytes:.0f}", f"{one.touchpoints:,}")
    Console().print(table)
    slowest = mails / max(first.seconds, second.seconds)
    more = {"mails": mails, "first": first._asdict(), "second": second._asdict()}
    report("mail", slowest, "mails a second", {"wanted": MAILS_A_SECOND}, **more)
    largest = max(first.megabytes, second.megabytes)
    holds = slowest >= MAILS_A_SECOND and largest < MEGABYTES_AT_MOST and first.touchpoints == second.touchpoints > 0
    return 0 if holds else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=30, help="of each mail's body (30)")
    chosen = parser.parse_args()
    sys.exit(main(chosen.mails, chosen.lines))
