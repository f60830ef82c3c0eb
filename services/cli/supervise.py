"""Keep child processes alive: who dies is started again, ever more patiently."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread, Timer
from typing import Protocol

from shared.errors import AttuneError

PAUSE_SECONDS_MIN = 0.25
PAUSE_SECONDS_MAX = 30.0
# Who lived this long has earned a quick restart again.
SETTLED_SECONDS = 60.0


class Child(Protocol):
    """What can be kept alive."""

    name: str

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, whatever state its last life left."""


@dataclass(frozen=True, slots=True)
class Died:
    """A child's process ended, though nobody asked it to."""

    child: Child
    code: int


@dataclass(frozen=True, slots=True)
class Due:
    """A child has waited long enough to be started again."""

    child: Child


@dataclass
class Supervisor:
    """Everything happens on the thread that calls `keep`; others only report."""

    tell: Callable[[str], None]
    launched: Callable[[Child], None]
    events: SimpleQueue[Died | Due] = field(default_factory=SimpleQueue)
    deaths: dict[str, int] = field(default_factory=dict)
    born_at: dict[str, float] = field(default_factory=dict)

    def watch(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        """Have the end of `process` reported."""
        self.born_at[child.name] = time.monotonic()
        Thread(target=lambda: self.events.put(Died(child, process.wait())), daemon=True).start()

    def keep(self) -> None:
        """Start again whoever dies, until an exception ends it."""
        while True:
            match self.events.get():
                case Died(child, code):
                    self.postpone(child, f"{child.name} died ({ending(code)})")
                case Due(child):
                    self.revive(child)

    def postpone(self, child: Child, what: str) -> None:
        """Start `child` after a pause that grows with each death."""
        if time.monotonic() - self.born_at[child.name] > SETTLED_SECONDS:
            self.deaths[child.name] = 0
        pause = pause_after(self.deaths.get(child.name, 0))
        self.deaths[child.name] = self.deaths.get(child.name, 0) + 1
        self.tell(f"{what}; starting it again in {pause:g} s")
        timer = Timer(pause, self.events.put, [Due(child)])
        timer.daemon = True
        timer.start()

    def revive(self, child: Child) -> None:
        """Start `child`; one that cannot start yet is tried again later."""
        try:
            self.watch(child, child.launch())
        except (AttuneError, OSError) as error:
            self.postpone(child, f"{child.name} cannot start: {error}")
            return
        try:
            self.launched(child)
        except OSError as error:
            # On a full disk nobody can be told where it is now; what runs still runs.
            self.tell(f"{child.name} runs, but that cannot be noted: {error}")


def pause_after(deaths: int) -> float:
    """Return how long to wait after so many deaths in a row."""
    return min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN * 2.0 ** min(deaths, 16))


def ending(code: int) -> str:
    """Say how a process ended."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
