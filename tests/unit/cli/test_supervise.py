import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from services.cli.supervise import PAUSE_SECONDS_MAX, Child, Supervisor, pause_after
from shared.errors import Unavailable


class EnoughError(Exception):
    pass


@dataclass
class Mortal:
    """A child that dies at once, and on some lives cannot even start."""

    name: str = "mortal"
    lives: int = 0
    stillborn: set[int] = field(default_factory=set)

    def launch(self) -> subprocess.Popen[bytes]:
        self.lives += 1
        if self.lives in self.stillborn:
            raise Unavailable("its port is taken")
        return subprocess.Popen([sys.executable, "-S", "-c", "raise SystemExit(7)"])


def until(lives: int) -> Callable[[Child], None]:
    def count(child: Child) -> None:
        assert isinstance(child, Mortal)
        if child.lives == lives:
            raise EnoughError

    return count


def kept(child: Mortal, lives: int) -> list[str]:
    told: list[str] = []
    supervisor = Supervisor(told.append, until(lives))
    process = child.launch()
    supervisor.watch(child, process)
    with pytest.raises(EnoughError):
        supervisor.keep()
    return told


def test_who_dies_is_started_again_ever_more_patiently() -> None:
    told = kept(Mortal(), lives=3)

    assert told == [
        "mortal died (exit code 7); starting it again in 0.25 s",
        "mortal died (exit code 7); starting it again in 0.5 s",
    ]


def test_who_cannot_start_yet_is_tried_again() -> None:
    told = kept(Mortal(stillborn={2}), lives=3)

    assert told[1] == "mortal cannot start: its port is taken; starting it again in 0.5 s"


def test_pauses_grow_but_not_for_ever() -> None:
    pauses = [pause_after(deaths) for deaths in range(2000)]

    assert all(shorter <= longer for shorter, longer in pairwise(pauses))
    assert pauses[-1] == PAUSE_SECONDS_MAX
