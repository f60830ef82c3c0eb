"""The same messages through what one would build or pick instead, each on the servers of the run beside ours."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import nats
from nats.js.api import AckPolicy, ConsumerConfig

from benchmarks import load
from benchmarks.rig import ROOT
from shared.plumbing.embedded import ports
from shared.plumbing.embedded.nats import program as nats_server
from shared.plumbing.embedded.runtime import Runtime

PEERS = ROOT / ".venv-peers" / "bin" / "python"
"""What `make peers` installs: too large to stand among our own dependencies."""
FETCH = 500
LOOK_EVERY = 0.05
PATIENCE_SECONDS = 300.0
COMMIT_MS = 100
"""About as often as our projector commits under this load."""


async def broker(runtime: Runtime, messages: Sequence[bytes]) -> float:
    """Return messages a second that a bare client pulls and acknowledges while they are published."""
    client = await nats.connect(runtime.nats_url)
    jetstream = client.jetstream()
    await jetstream.add_stream(name="BROKER", subjects=["broker.in"])
    config = ConsumerConfig(durable_name="bare", ack_policy=AckPolicy.EXPLICIT, max_ack_pending=10_000)
    await jetstream.add_consumer("BROKER", config)
    reader = await jetstream.pull_subscribe_bind("bare", "BROKER")

    async def read() -> None:
        left = len(messages)
        while left:
            for message in await reader.fetch(min(FETCH, left), timeout=5):
                await message.ack()
                left -= 1

    began = time.perf_counter()
    await asyncio.gather(load.publish(runtime.nats_url, "broker.in", messages), read())
    seconds = time.perf_counter() - began
    await jetstream.delete_stream("BROKER")
    await client.close()
    return len(messages) / seconds


async def naive(runtime: Runtime, messages: Sequence[bytes]) -> float:
    """Return events a second through one FastStream subscriber with a transaction per event."""
    command = [sys.executable, "-m", "benchmarks.peers.naive", runtime.nats_url, runtime.database_url]
    return await _through(runtime, "NAIVE", "naive.in", messages, command, "select count(*) from naive_log", 1)


async def pathway(runtime: Runtime, messages: Sequence[bytes], per_message: int) -> float:
    """Return events a second through Pathway's decayed sums into a snapshot."""
    at = urlsplit(runtime.database_url_tcp)
    done = "select coalesce(sum(touches), 0) from pathway_sums"
    with open_nats() as nats_url:
        command = [str(PEERS), str(ROOT / "benchmarks/peers/pathway_sums.py"), nats_url, str(at.hostname)]
        command += [str(at.port), at.path.strip("/"), str(at.username), str(at.password), str(COMMIT_MS)]
        its = replace(runtime, nats_url=nats_url)
        return await _through(its, "PATHWAY", "pathway.in", messages, command, done, per_message)


@contextmanager
def open_nats() -> Iterator[str]:
    """Run a server that asks for no password, synced like ours: Pathway's client gives none."""
    port = ports.free()
    with tempfile.TemporaryDirectory(prefix="attune-open-nats-") as directory:
        conf = Path(directory) / "nats.conf"
        conf.write_text(
            f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{directory}", sync_interval: always }}\n'
        )
        with running([nats_server(), "--config", str(conf)]):
            yield f"nats://127.0.0.1:{port}"


async def _through(
    runtime: Runtime,
    stream: str,
    subject: str,
    messages: Sequence[bytes],
    command: Sequence[str],
    done: str,
    per_message: int,
) -> float:
    """Return events a second from the first publish until Postgres says that all are counted.

    A first message is sent and counted before time runs: who has started is ready.
    """
    client = await nats.connect(runtime.nats_url)
    jetstream = client.jetstream()
    await jetstream.add_stream(name=stream, subjects=[subject])
    with running(command):
        await load.publish(runtime.nats_url, subject, messages[:1])
        await counted(runtime.database_url, done, per_message)
        began = time.perf_counter()
        await load.publish(runtime.nats_url, subject, messages[1:])
        await counted(runtime.database_url, done, per_message * len(messages))
        seconds = time.perf_counter() - began
    await jetstream.delete_stream(stream)
    await client.close()
    return per_message * (len(messages) - 1) / seconds


@contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    """Run a peer while the block lasts."""
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


async def counted(database_url: str, statement: str, count: int) -> None:
    """Return once the statement says at least so many; raise TimeoutError when it never does."""
    connection = await asyncpg.connect(database_url)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(asyncpg.UndefinedTableError):
                if await connection.fetchval(statement) >= count:
                    break
            await asyncio.sleep(LOOK_EVERY)
    await connection.close()
