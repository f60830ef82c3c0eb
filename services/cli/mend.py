"""Starts NATS again when a full disk has room again: by itself it never writes to that stream any more."""

import shutil
import signal
import time
from collections.abc import Callable
from threading import Thread

from shared.plumbing.embedded.nats import OUT, Nats, is_healthy

LOOK_EVERY_SECONDS = 2.0
ROOM = 64 * 1024 * 1024
"""Bytes that must be free: enough for a start, and for what waits."""


def mended(nats: Nats, tell: Callable[[str], None]) -> None:
    """Look after the server for as long as we live; whoever keeps it alive starts it anew."""
    Thread(target=_look_after, args=(nats, tell), daemon=True).start()


def _look_after(nats: Nats, tell: Callable[[str], None]) -> None:
    is_told, well = False, 0
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        error, pid = nats.write_error(), nats.process.pid if nats.process else 0
        if error is None and is_healthy(nats.monitor_port):
            well = pid
        is_stuck = error is not None and (pid == well or OUT not in error.lower())
        if is_stuck and not is_told:
            tell(f"{nats.name} cannot write: {error}")
        if is_stuck and nats.process and shutil.disk_usage(nats.directory).free > ROOM:
            tell(f"{nats.name} has room to write again")
            nats.process.send_signal(signal.SIGTERM)
        is_told = is_stuck
