"""One attune per directory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import Refused


@contextmanager
def held(directory: Path, pid: int) -> Iterator[None]:
    """Hold `directory` for `pid`; the kernel lets go when we die, so the lock is never stale."""
    with (directory / "run.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Refused(
                f"attune already runs in {directory} as process {file.read().strip()}: stop it with "
                "`attune stop`, or give this one a directory of its own with ATTUNE_DIRECTORY"
            ) from None
        file.truncate(0)
        file.write(str(pid))
        file.flush()
        yield


def wait_free(directory: Path) -> None:
    """Return once nobody holds `directory`; the kernel wakes us, and stopping has its own time limits."""
    with (directory / "run.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)


def holder(directory: Path) -> int | None:
    """Return the process that holds `directory`, from its first moment to its last."""
    try:
        file = (directory / "run.lock").open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None
