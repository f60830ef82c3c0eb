"""Two Postgres servers, the second of which holds all that the first has committed."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Refused, Unavailable
from shared.plumbing.embedded import ports, processes, secrets
from shared.plumbing.embedded.postgres import (
    DATABASE,
    PROGRAMS,
    READY_SECONDS,
    ROLE,
    Postgres,
    borrowed_account,
    own_directory,
)

NAME = "standby"


@dataclass
class Primary(Postgres):
    """The server that writes, until the other one is promoted: then it must never write again."""

    @property
    def fence(self) -> Path:
        """Return what keeps this server from starting; two that write would be two truths."""
        return self.directory / "replaced"

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start unless replaced."""
        if self.fence.exists():
            raise Refused(f"{self.directory} was replaced by its standby: make it a standby of that one first")
        return super().launch()


@dataclass
class Standby(Postgres):
    """A copy that follows the first server's log."""

    primary: str = ""
    """The address it follows."""

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start, from a copy the first time."""
        if not self.data.exists():
            self.copy(borrowed_account(self.directory))
        return super().launch()

    def wait(self) -> None:
        """Return once it follows, or leads."""
        if self.process is None:
            raise AssertionError("launch comes before wait")
        status = self.data / "postmaster.pid"
        processes.wait_until(lambda: follows(status), self.process, seconds=READY_SECONDS, name=self.name, log=self.log)

    def copy(self, account: str) -> None:
        """Copy the primary; one cut short never looks finished, because it gets its name last."""
        draft = self.data.with_name("postgres.copied")
        own_directory(draft, account)
        made = subprocess.run(
            [
                PROGRAMS / "pg_basebackup", "--pgdata", draft, "--write-recovery-conf", "--checkpoint", "fast",
                "--slot", NAME, "--create-slot", "--dbname", f"{self.primary}?application_name={NAME}",
            ],
            capture_output=True, text=True, check=False, cwd=self.directory, user=account or None,
            group=account or None, extra_groups=[] if account else None,
        )  # fmt: skip
        if made.returncode:
            raise Unavailable(f"Postgres could not be copied into {draft}: {made.stderr.strip()}")
        draft.rename(self.data)


def follows(status: Path) -> bool:
    """Read the line in which the server tells how far it is."""
    lines = status.read_text().splitlines() if status.exists() else []
    return len(lines) > 7 and lines[7].strip() in {"standby", "ready"}  # noqa: PLR2004 -- the status line


def pair(home: Path, port: Mapping[str, int]) -> tuple[Primary, Standby]:
    """Return both servers of a home, with the password they had."""
    password = secrets.kept(home).postgres_password
    folders = [home / "primary", home / NAME]
    for folder in folders:
        folder.mkdir(mode=0o700, exist_ok=True)
    primary = Primary(folders[0], port["primary"], password, "primary")
    return primary, Standby(folders[1], port[NAME], password, NAME, primary=primary.url_tcp)


def kept_ports(home: Path) -> dict[str, int]:
    """Return the ports that both had, where they are free."""
    return ports.keep(home, "primary", NAME)


def known_ports(home: Path) -> dict[str, int]:
    """Return the ports that both have."""
    known: dict[str, int] = json.loads((home / "ports.json").read_text())
    return known


def url(servers: list[Postgres]) -> str:
    """Return one address that finds whichever server writes."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://{ROLE}:{servers[0].password}@{hosts}/{DATABASE}?target_session_attrs=read-write"
