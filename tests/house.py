"""A whole attune for a test: `attune run` on a directory of its own, and what one asks of it from outside."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
from nats.aio.client import Client

from shared.plumbing import nats_address
from shared.plumbing.credentials import Credentials
from shared.plumbing.embedded import ports
from shared.plumbing.embedded.runtime import Runtime

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class House:
    """One running attune."""

    directory: Path

    @property
    def runtime(self) -> Runtime:
        """Return where everything is just now."""
        runtime = Runtime.read(self.directory)
        assert runtime, "attune run has ended"
        return runtime

    def attune(self, *words: str) -> str:
        """Run a command and return what it printed."""
        anywhere = {f"ATTUNE_{name}_HTTP": "127.0.0.1:0" for name in ("INGEST", "PROJECTOR", "ALERTS", "CONSOLE")}
        answer = subprocess.run(
            [sys.executable, "-m", "services.cli.app", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **anywhere, "ATTUNE_DIRECTORY": str(self.directory)},
        )
        assert answer.returncode == 0, answer.stderr or answer.stdout
        return answer.stdout

    def source(self, name: str) -> Credentials:
        """Add a source."""
        return Credentials(**json.loads(self.attune("source", "add", name, "--json")))

    def roster(self, people: Iterable[str], initiative: str = "change") -> None:
        """Put people on a roster; each is called like their address."""
        lines = ["initiative,addresses", *(f"{initiative},{address}" for address in people)]
        path = self.directory / "roster.csv"
        path.write_text("\n".join(lines))
        self.attune("roster", "import", str(path))

    def signal(self, name: str, number: int) -> int:
        """Send a signal to a server or a service and return whose pid it was."""
        pid = self.runtime.pids[name]
        os.kill(pid, number)
        return pid

    def log(self, name: str) -> str:
        """Return what a server or a service wrote."""
        return (self.directory / "logs" / f"{name}.log").read_text()

    async def postgres(self) -> asyncpg.Connection:
        """Return a connection to Postgres, as any client opens one."""
        return await asyncpg.connect(self.runtime.database_url)

    async def nats(self) -> Client:
        """Return a connection to NATS that may do everything."""
        return await nats.connect(**nats_address.options(self.runtime.nats_url))


@contextmanager
def opened() -> Iterator[House]:
    """Run everything while the block lasts."""
    # Not pytest's directory: its name can be too long for a socket.
    directory = Path(tempfile.mkdtemp(prefix="attune-"))
    try:
        with running(directory) as house:
            yield house
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running(directory: Path) -> Iterator[House]:
    """Run everything on a directory while the block lasts."""
    house = House(directory)
    try:
        house.attune("run", "--detach")
        yield house
    finally:
        house.attune("stop")


@contextmanager
def second_projector(attune: House) -> Iterator[str]:
    """Run another projector on the same servers; yield its address."""
    address = f"127.0.0.1:{ports.free()}"
    told = {"DIRECTORY": str(attune.directory), "PROJECTOR_HTTP": address}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.projector"],
        env={**os.environ, **{f"ATTUNE_{name}": value for name, value in told.items()}},
    )
    try:
        yield address
    finally:
        process.terminate()
        process.wait(20)


async def is_ready(address: str) -> bool:
    return await asyncio.to_thread(answers, address)


def answers(address: str) -> bool:
    """Ask a service whether it takes work."""
    try:
        return httpx.get(f"http://{address}/readyz").is_success
    except httpx.TransportError:
        return False


async def until(look: Callable[[], Awaitable[Any]], seconds: float = PATIENCE_SECONDS) -> Any:
    """Look until something is seen, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"not seen within {seconds:g} s"
        await asyncio.sleep(0.02)
    return seen
