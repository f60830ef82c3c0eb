"""The services of attune as child processes, each with its address."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from shared.errors import WRONG_USAGE, Refused, Unavailable
from shared.plumbing.embedded import ports, processes
from shared.plumbing.settings import Settings, reached

NAMES = ("ingest", "projector", "alerts", "console")
READY_SECONDS = 60.0
DRAIN_SECONDS = 15.0


@dataclass
class Service:
    """One service and its life; `launch` starts it anew as often as needed."""

    name: str
    address: str
    directory: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Return where the service writes what it did."""
        return self.directory / "logs" / f"{self.name}.log"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the service; killed with us, because its servers are."""
        self.process = processes.launch(
            [sys.executable, "-m", f"services.{self.name}"],
            log=self.log,
            death_signal=signal.SIGKILL,
            environment=self.environment,
        )
        return self.process

    def wait(self) -> None:
        """Return once the service takes work; raise UsageError where a setting keeps it from starting."""
        if self.process is None:
            raise AssertionError("launch comes before wait")
        try:
            processes.wait_until(
                lambda: is_ready(self.address), self.process, seconds=READY_SECONDS, name=self.name, log=self.log
            )
        except Unavailable:
            if self.process.poll() == WRONG_USAGE:
                raise click.UsageError(f"{self.name} does not start: {last_said(self.log)}") from None
            raise

    def stop(self) -> None:
        """Let the service finish what it took, within reason."""
        if self.process is not None:
            processes.stop(self.process, (signal.SIGTERM, DRAIN_SECONDS))


def last_said(log: Path) -> str:
    """Return what a service said last, in how many lines so ever."""
    return log.read_text(errors="replace").rpartition("attune: ")[2].strip()


def services(chosen: Settings, directory: Path) -> list[Service]:
    """Return the services, not yet started, told by their environment where everything is."""
    addresses = {name: address(name, chosen) for name in NAMES}
    told = {f"ATTUNE_{name.upper()}_HTTP": where for name, where in addresses.items()}
    environment = {
        **os.environ,
        **told,
        "ATTUNE_DIRECTORY": str(directory),
        "ATTUNE_DATABASE_URL": chosen.database_url.get_secret_value(),
        "ATTUNE_NATS_URL": chosen.nats_url.get_secret_value(),
        "ATTUNE_HANDLE_KEY": chosen.handle_key.get_secret_value(),
        "ATTUNE_CONSOLE_URL": console_url(chosen, addresses["console"]),
    }
    return [Service(name, where, directory, environment) for name, where in addresses.items()]


def address(name: str, chosen: Settings) -> str:
    """Return where a service listens: a free port if its own is taken and nobody insisted on it."""
    setting = f"{name}_http"
    wanted: str = getattr(chosen, setting)
    host, _, port = wanted.rpartition(":")
    if ports.is_free(int(port), host):
        return wanted
    if setting in chosen.model_fields_set and int(port):
        raise Refused(
            f"{wanted} is taken by another program: set ATTUNE_{setting.upper()} to another address, "
            f"or to {host}:0 for any free port"
        )
    return f"{host}:{ports.free()}"


def console_url(chosen: Settings, address: str) -> str:
    """Return where people find the console: where it listens, unless somebody says otherwise."""
    return chosen.console_url if "console_url" in chosen.model_fields_set else reached(address)


def is_ready(address: str) -> bool:
    """Ask a service whether it takes work."""
    connection = http.client.HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
