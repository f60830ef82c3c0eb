"""Child processes that never outlive us, and those that an earlier run left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

import psutil

from shared.errors import Unavailable
from shared.plumbing.embedded import lifeline

LOG_BYTES_MAX = 16 * 1024 * 1024
GLANCE_SECONDS = 0.02


def launch(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    death_signal: signal.Signals,
    user: str = "",
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that writes to `log`, or to our own terminal if there is none.

    Call from a thread that lives as long as the program may: its end is what Linux takes for our death.
    """
    line = [sys.executable, "-I", "-S", lifeline.__file__, str(os.getpid()), str(int(death_signal)), user]
    with opened(log).open("ab") if log else nullcontext() as output:
        return subprocess.Popen(  # noqa: S603 -- our own program
            [*line, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            # A group of its own: Ctrl-C reaches us alone, and we stop in order.
            process_group=0,
            cwd=directory,
            env=environment,
        )


def opened(log: Path) -> Path:
    """Make room for `log`, keeping one older generation of it."""
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    return log


def wait_until(
    is_ready: Callable[[], bool], process: subprocess.Popen[bytes], *, seconds: float, name: str, log: Path
) -> None:
    """Wait while `process` gets ready; one that dies or takes too long is `Unavailable`."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None:
            raise Unavailable(f"{name} stopped while starting; its log {log} ends:\n{last_lines(log)}")
        if time.monotonic() > deadline:
            raise Unavailable(f"{name} was not ready within {seconds:.0f} seconds; look into {log}")
        time.sleep(GLANCE_SECONDS)


def stop(process: subprocess.Popen[bytes], *asked: tuple[signal.Signals, float]) -> None:
    """Ask with each signal and its seconds of patience in turn; then insist."""
    for asking, patience in asked:
        process.send_signal(asking)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
    process.kill()
    process.wait()


def clear_leftovers(leftovers: Iterator[psutil.Process], asking: signal.Signals, patience: float) -> None:
    """End what an earlier run left behind; nobody is there to mind it."""
    found = list(leftovers)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(asking)
    _, stubborn = psutil.wait_procs(found, timeout=patience)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=patience)


def last_lines(log: Path, count: int = 8) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
