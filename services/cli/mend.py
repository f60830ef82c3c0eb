"""Starts NATS again when a full disk has room again: by itself it never writes to that stream any more."""

import shutil
import signal
import time
from collections.abc import Callable
from threading import Thread

from shared.plumbing.embedded.nats import Nats

LOOK_EVERY_SECONDS = 2.0
ROOM = 64 * 1024 * 1024
"""Bytes that must be free: enough for a start, and for what waits."""


def mended(nats: Nats, tell: Callable[[str], None]) -> None:
    """Look after the server for as long as we live; whoever keeps it alive starts it anew."""
    Thread(target=_look_after, args=(nats, tell), daemon=True).start()


def _look_after(nats: Nats, tell: Callable[[str], None]) -> None:
    is_told = False
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        error = nats.write_error()
        if error and shutil.disk_usage(nats.directory).free > ROOM and nats.process:
            tell(f"{nats.name} could not write ({error}), and there is room now")
            nats.process.send_signal(signal.SIGTERM)
        elif error and not is_told:
            tell(f"{nats.name} cannot write: {error}")
        is_told = error is not None
