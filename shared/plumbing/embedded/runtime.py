"""The note that a running attune leaves for other commands: where everything is."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from shared.errors import Refused
from shared.plumbing.embedded import files, lock


@dataclass(frozen=True, slots=True)
class Runtime:
    """Addresses and processes of one running attune."""

    database_url: str
    nats_url: str
    handle_key: str
    pid: int = field(default_factory=os.getpid)
    # A pid alone may be reused by a stranger; with its birth it is one process only.
    born_at: float = field(default_factory=lambda: psutil.Process().create_time())
    started_at: str = ""
    database_url_tcp: str = ""
    nats_monitor: str = ""
    http: dict[str, str] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """Return what runs in `directory`, or None when nothing does."""
        try:
            found: dict[str, Any] = json.loads(path(directory).read_text())
        except FileNotFoundError:
            return None
        except (NotADirectoryError, PermissionError):
            raise Refused(f"cannot read in {directory}: choose another with ATTUNE_DIRECTORY") from None
        runtime = cls(**found)
        # Linux reckons births back from the clock: once that is set, nobody is born when they wrote. The lock stays.
        return runtime if runtime.is_alive() or lock.holder(directory) == runtime.pid else None

    def write(self, directory: Path) -> None:
        """Replace the note in one step, readable by its owner only."""
        files.write_secret(path(directory), json.dumps(asdict(self), indent=2))

    def is_alive(self) -> bool:
        """Tell whether the very process that wrote this still runs, by a clock that nobody has set since."""
        try:
            process = psutil.Process(self.pid)
            return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - self.born_at) < 1
        except psutil.NoSuchProcess:
            return False


def path(directory: Path) -> Path:
    """Return where the note lies."""
    return directory / "runtime.json"
