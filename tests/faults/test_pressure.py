"""What runs full, runs ahead or runs wild loses nothing, and goes on by itself once it may."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from shared.plumbing.credentials import Credentials
from shared.plumbing.jetstream import connect
from shared.plumbing.publisher import Publisher
from tests import house
from tests.faults.test_kill import (
    PEOPLE,
    assert_each_counts_once,
    history,
    streaming,
    until_settled,
)
from tests.house import until

IS_LONG = os.environ.get("ATTUNE_FAULTS") == "long"
DISK = "768m"
CHUNK = bytes(64 * 1024)
FULL_SECONDS = 6
HOUR = 3600
MILLION = 1_000_000
QUEUED_WITHIN = 900


@contextmanager
def small_disk() -> Iterator[Path]:
    """Lend a disk of its own, as only root may make one."""
    directory = Path(tempfile.mkdtemp(prefix="attune-"))
    made = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(directory)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if made.returncode:
            pytest.skip(f"no disk of its own can be made here: {made.stderr.strip()}")
        yield directory
    finally:
        subprocess.run(["/bin/umount", "--lazy", str(directory)], capture_output=True, check=False)
        shutil.rmtree(directory, ignore_errors=True)


def fill(ballast: Path) -> None:
    """Write until nothing more fits."""
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(CHUNK)
    except OSError:
        pass


@pytest.mark.skipif(not IS_LONG, reason="the long set: make faults")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk of its own")
async def test_a_disk_that_fills_up_under_load_costs_nothing_but_time_and_is_mended_without_anybody() -> None:
    events = history("disk")
    with small_disk() as directory, house.running(directory) as attune:
        attune.roster(PEOPLE)
        acme = attune.source("acme")
        async with streaming(acme, events) as acknowledged:
            await until(lambda: asyncio.sleep(0, sum(acknowledged) > len(events) / 4))
            fill(directory / "ballast")
            await asyncio.sleep(FULL_SECONDS)
            stuck_at = sum(acknowledged)
            await asyncio.sleep(1)
            stays_at = sum(acknowledged)
            (directory / "ballast").unlink()
        await until_settled(attune)

        assert stays_at == stuck_at < len(events)
        assert sum(acknowledged) == len(events)
        await assert_each_counts_once(attune, events)
        attune.attune("check")


@contextmanager
def stepping(directory: Path) -> Iterator[Path]:
    """Let Postgres and our services believe a clock that a file moves; NATS knows the true one."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to make a clock that can be stepped")
    library, by = directory / "clock_stepped.so", directory / "by"
    source = Path(__file__).with_name("clock_stepped.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    by.write_text("0")
    # Postgres' account reads both.
    directory.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        patch.setenv("CLOCK_STEPPED_BY", str(by))
        yield by


def step(by: Path, hours: int) -> None:
    by.write_text(str(hours * HOUR))


@pytest.fixture(scope="module")
def stepped() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="attune-clock-"))
    with stepping(directory) as by:
        yield by
    shutil.rmtree(directory)


@pytest.mark.skipif(not IS_LONG, reason="the long set: make faults")
@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_stepped_by_an_hour_amid_a_stream_loses_and_doubles_nothing(stepped: Path, hours: int) -> None:
    step(stepped, 0)
    with house.opened() as attune:
        attune.roster(PEOPLE)
        acme, events = attune.source("acme"), history(f"clock{hours}", aged=timedelta(hours=2))

        async with streaming(acme, events) as acknowledged:
            await until(lambda: asyncio.sleep(0, sum(acknowledged) > len(events) / 3))
            step(stepped, hours)
            connection = await attune.postgres()
            off = time.time() - (await connection.fetchval("select extract(epoch from clock_timestamp())::float8"))  # noqa: TID251 -- two clocks are compared
            await connection.close()
        await until_settled(attune)

        assert abs(off + hours * HOUR) < 60
        await assert_each_counts_once(attune, events)
        attune.attune("check")


@pytest.mark.skipif(not IS_LONG, reason="the long set: make faults")
async def test_a_million_events_that_queue_while_nobody_takes_them_are_all_counted() -> None:
    with house.opened() as attune:
        attune.roster(PEOPLE)
        acme = attune.source("acme")
        for name in ("ingest", "projector"):
            attune.signal(name, signal.SIGSTOP)
        await queued(acme, MILLION)
        began = time.monotonic()
        for name in ("ingest", "projector"):
            attune.signal(name, signal.SIGCONT)
        connection = await attune.postgres()

        async def all_logged() -> bool:
            await asyncio.sleep(2)
            return bool(await connection.fetchval("select count(*) from projector.log") >= MILLION)

        await until(all_logged, seconds=QUEUED_WITHIN)
        print(f"a million counted in {time.monotonic() - began:.0f} s")  # noqa: T201
        assert await connection.fetchval("select count(distinct id) from attune.touchpoints") == MILLION
        await connection.close()


async def queued(acme: Credentials, count: int) -> None:
    """Publish so many, and return once all are acknowledged."""
    client = await connect(acme.nats_url, "acme", acme.inbox_prefix)
    async with Publisher(client.jetstream(), acme.name) as publisher:
        for number in range(0, count, 10_000):
            for event in history(f"million-{number}", 10_000):
                await publisher.publish(orjson.dumps(event))
    await client.close()
