"""NATS with JetStream on a directory of ours."""

import http.client
import json
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from shared.errors import Unavailable
from shared.plumbing.embedded import files, processes, sources

READY_SECONDS = 120.0
OUT = "jetstream not enabled"
"""What the server says that gave JetStream up for want of room, and one that has only begun to start."""
STUCK = ("write error", "no space left", OUT)
CONFIGURATION = """\
# Written by attune at every start.
server_name: attune
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor_port}"
max_payload: 8MB
jetstream {{
  store_dir: {store}
  sync_interval: {sync_interval}
  max_memory_store: 256MB
}}
include "sources.conf"
"""


@dataclass
class Nats:
    """The server, its addresses and its life; `launch` starts it anew as often as needed."""

    directory: Path
    port: int
    monitor_port: int
    password: str = field(repr=False)
    sync_interval: str = "always"
    name: str = "nats"
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Return where the server writes what it did."""
        return self.directory / "logs" / "nats.log"

    @property
    def url(self) -> str:
        """Return the address of our own services, who may do everything."""
        return f"nats://{sources.SERVICE}:{self.password}@127.0.0.1:{self.port}"

    @property
    def monitor(self) -> str:
        """Return the address of the server's own figures."""
        return f"http://127.0.0.1:{self.monitor_port}"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server, whatever the last one left behind."""
        configuration = self.directory / "nats" / "nats.conf"
        processes.clear_leftovers(leftovers(configuration), signal.SIGTERM, patience=10)
        configuration.parent.mkdir(mode=0o700, exist_ok=True)
        sources.write_service(self.directory, self.password)
        files.write_secret(configuration, self.configured())
        self.process = processes.launch(
            [program(), "--config", configuration], log=self.log, death_signal=signal.SIGTERM
        )
        return self.process

    def configured(self) -> str:
        """Return the configuration of this server."""
        return CONFIGURATION.format(
            port=self.port,
            monitor_port=self.monitor_port,
            store=json.dumps(str(self.directory / "nats")),
            sync_interval=self.sync_interval,
        )

    def wait(self) -> None:
        """Return once every stream is recovered and clients are welcome."""
        if self.process is None:
            raise AssertionError("launch comes before wait")
        processes.wait_until(
            lambda: is_healthy(self.monitor_port),
            self.process,
            seconds=READY_SECONDS,
            name=self.name,
            log=self.log,
        )

    def write_error(self) -> str | None:
        """Return what the server could not write, as on a full disk; None when it writes, or does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.monitor_port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse().read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        is_stuck = any(sign in answer.lower() for sign in STUCK)
        return str(json.loads(answer).get("error")) if is_stuck else None

    def stop(self) -> None:
        """Stop once what was taken is on disk."""
        if self.process is not None:
            processes.stop(self.process, (signal.SIGTERM, 20))


def program() -> str:
    """Return the server that was installed with us, or the machine's own."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise Unavailable("nats-server is not installed: run `make install`")
    return found


def leftovers(configuration: Path) -> Iterator[psutil.Process]:
    """Find servers of a killed run on the same configuration."""
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "nats-server" and str(configuration) in (process.info["cmdline"] or ()):
            yield process


def is_healthy(monitor_port: int) -> bool:
    """Ask the server whether it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", monitor_port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
