"""Steps at which a service can be made to fail, so that tests break it where breaking hurts most.

Off unless ATTUNE_FAILPOINTS names a directory, and in production it names none. A file in it that is called like a
step makes the next service that reaches the step do what the file says, once: `kill` itself, `stop` (stand still until
SIGCONT), or `cut` every connection it has.
"""

import logging
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

STEPS = (
    "ingest.before_publish",
    "ingest.after_publish",
    "ingest.before_ack",
    "ingest.after_ack",
    "projector.before_commit",
    "projector.after_commit",
    "projector.before_ack",
    "projector.after_ack",
    "alerts.before_commit",
    "alerts.after_commit",
    "alerts.after_lease",
    "alerts.after_send",
    "alerts.after_settle",
    "console.before_commit",
    "console.after_commit",
    "build.after_switch",
    "build.after_starve",
)
"""Around each thing that a service makes durable: what it stores, and what it then forgets or tells."""

_directory: Path | None = None


def arm(directory: Path | None) -> None:
    """Look into this directory from now on; None, as in production, looks nowhere."""
    global _directory  # noqa: PLW0603 -- one process is one service
    _directory = directory
    if directory:
        log.warning("failpoints are on: this service fails where a file in %s says so", directory)


def reach(step: str) -> None:
    """Fail here if somebody asked for it."""
    if _directory is not None and (what := _claimed(_directory / step)):
        log.warning("%s: %s", step, what)
        _fail(what)


def _claimed(path: Path) -> str | None:
    """Take the file away and return what it said; of several services only one gets it."""
    try:
        what = path.read_text().strip()
        path.unlink()
    except FileNotFoundError:
        return None
    return what


def _fail(what: str) -> None:
    match what:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "cut":
            _cut()
        case _:
            raise AssertionError(f"a failpoint can kill, stop or cut, not {what!r}")


def _cut() -> None:
    """End every connection, as a network that fails would; listeners and pipes have nobody at the other end."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as copy:
            if copy.getpeername():
                copy.shutdown(socket.SHUT_RDWR)
