"""An upgrade that nobody has to wait for: replicas of a release and of today share the work (tests/history/keep.py)."""

import asyncio
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.plumbing.embedded import ports
from tests import house
from tests.faults.test_kill import (
    EVENTS,
    PEOPLE,
    assert_each_counts_once,
    history,
    streaming,
    until_settled,
)
from tests.house import House, is_ready, until

PROGRAMS = sorted(Path(__file__).parent.glob("*/program.tar.xz"))
SERVICES = ("ingest", "projector", "alerts")


@pytest.fixture(scope="module")
def attune() -> Iterator[House]:
    """Today's attune: its migrations have run, as `attune migrate` runs before any service is replaced."""
    with house.opened() as running:
        running.roster(PEOPLE)
        yield running


@pytest.fixture(params=PROGRAMS, ids=lambda path: path.parent.name)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The directory of a release's own code."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@contextmanager
def service(name: str, program: Path, attune: House) -> Iterator[str]:
    """Run a service of the release on today's servers; yield its address. In the end it is asked to stop, and does."""
    address = f"127.0.0.1:{ports.free()}"
    told = {"DIRECTORY": str(attune.directory), f"{name.upper()}_HTTP": address}
    process = subprocess.Popen(
        [sys.executable, "-m", f"services.{name}"],
        cwd=program,
        env={**os.environ, **{f"ATTUNE_{setting}": value for setting, value in told.items()}},
    )
    try:
        yield address
    finally:
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM  # asked to stop, it did: nobody had to kill it


def fresh(address: str) -> float:
    """Return how many events a projector has counted, by its own metrics."""
    families = text_string_to_metric_families(httpx.get(f"http://{address}/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    return sum(
        sample.value
        for sample in samples
        if sample.name == "attune_projector_events_total" and sample.labels["outcome"] == "fresh"
    )


async def test_a_release_is_replaced_one_service_at_a_time_and_every_touchpoint_counts_once(
    attune: House, program: Path
) -> None:
    source = attune.source("acme")
    beside, after = history("beside"), history("after")
    with ExitStack() as release:
        theirs = {name: release.enter_context(service(name, program, attune)) for name in SERVICES}
        for address in theirs.values():
            await until(lambda address=address: is_ready(address))  # type: ignore[misc]

        async with streaming(source, beside) as acknowledged:
            await until(lambda: asyncio.sleep(0, sum(acknowledged) > EVENTS / 3))
            shares = [fresh(address) for address in (theirs["projector"], attune.runtime.http["projector"])]
            await asyncio.to_thread(release.close)
            in_mid_stream = sum(acknowledged)
    async with streaming(source, after):
        pass
    await until_settled(attune)

    assert EVENTS / 3 < in_mid_stream < EVENTS
    assert all(shares), shares
    await assert_each_counts_once(attune, [*beside, *after])
