"""Ends work that a hostile calendar would make endless."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Impatient(BaseException):
    """The work took too long. No Exception, so that no library swallows it."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raise Impatient in the block once it has computed for so long.

    By the alarm clock of the process, which counts its computing alone, so that a busy machine refuses no more. Only
    the main thread hears it, and Windows has none; there the block just lasts.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise Impatient
