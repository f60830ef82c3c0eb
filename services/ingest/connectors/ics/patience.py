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
    """Raise Impatient in the block once it has lasted so long.

    By the alarm clock of the process: only its main thread has one, and Windows has none; there the block just lasts.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise Impatient
