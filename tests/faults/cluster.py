"""A whole cluster for a test, and what one asks of its NATS servers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from nats.aio.client import Client

from shared.plumbing import jetstream
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import INTAKE
from tests.house import House

ROOT = Path(__file__).parents[2]
STARTED_WITHIN = 120


@contextmanager
def opened(*options: str) -> Iterator[House]:
    """Run a cluster while the block lasts."""
    # Not pytest's directory: its name can be too long for a socket.
    home = Path(tempfile.mkdtemp(prefix="attune-"))
    environment = {f"ATTUNE_{name}_HTTP": "127.0.0.1:0" for name in ("INGEST", "PROJECTOR", "ALERTS", "CONSOLE")}
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.cluster", "run", "--home", str(home), *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        begun = said(process)
        assert process.poll() is None, begun
        yield House(home)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STARTED_WITHIN)
        if process.stdout:
            process.stdout.close()
        shutil.rmtree(home, ignore_errors=True)


def said(process: "subprocess.Popen[str]") -> str:
    """Return what the cluster says until it runs, or until it ends."""
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if line.startswith("everything runs"):
            break
    return "".join(lines)


async def connection(cluster: House) -> Client:
    """Return a connection that survives the end of the server it is on."""
    return await jetstream.connect(cluster.runtime.nats_url, "test")


async def leader(client: Client, stream: str = INTAKE) -> str:
    """Return which server leads a stream."""
    info = await client.jetstream().stream_info(stream)
    return info.cluster.leader or "" if info.cluster else ""


def is_whole(cluster: House, node: str) -> bool:
    """Tell whether the server has caught up with every stream."""
    ports = json.loads((cluster.directory / "ports.json").read_text())
    try:
        return httpx.get(f"http://127.0.0.1:{ports[f'{node}_monitor']}/healthz", timeout=1).is_success
    except httpx.TransportError:
        return False


def pid(cluster: House, name: str) -> int:
    """Return a process of the cluster as it is now."""
    running = Runtime.read(cluster.directory)
    assert running, "the cluster has ended"
    return running.pids[name]
