"""The touches a plan is put together from."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from shared.alignment.counterfactual import Touch
from shared.alignment.model import Model
from shared.vocabulary import Kind

CALL_MINUTES = (15, 30)
MEETING_MINUTES = (30, 60)
GROUP_SIZES = (2, 3, 5, 8)
GROUP_MINUTES = 60
SINGLE_DAYS = 10
"""So many days of the window are looked at for one touch, spread evenly, …"""
PAIR_DAYS = 4
"""… so many for two touches, and …"""
GROUP_DAYS = 3
"""… so many for meetings with several."""


class Package(NamedTuple):
    """One touch with one person, two of them, or one meeting with several: on which days it lies."""

    touch: Touch
    minutes: int
    """of each touch"""
    days: tuple[int, ...]

    @property
    def is_group(self) -> bool:
        """Say whether it is one touch for several people."""
        return self.touch.breadth > 1


def packages(days: int, touches_max: int, model: Model) -> list[Package]:
    """Return all that may be done with one person in a window of so many days."""
    found = [Package(touch, minutes, (day,)) for touch, minutes in alone() for day in spread(days, SINGLE_DAYS)]
    if touches_max > 1:
        pairs = list(combinations(spread(days, PAIR_DAYS), 2))
        found += [Package(touch, minutes, pair) for touch, minutes in alone() for pair in pairs]
    sizes = [size for size in GROUP_SIZES if size < model.dose.broad_from]
    groups = [Touch(Kind.MEETING, minutes=GROUP_MINUTES, breadth=size) for size in sizes]
    return found + [Package(touch, GROUP_MINUTES, (day,)) for touch in groups for day in spread(days, GROUP_DAYS)]


def alone() -> list[tuple[Touch, int]]:
    """Return the touches with one person and their minutes."""
    calls = [(Touch(Kind.CALL, minutes=minutes), minutes) for minutes in CALL_MINUTES]
    return calls + [(Touch(Kind.MEETING, minutes=minutes), minutes) for minutes in MEETING_MINUTES]


def spread(days: int, most: int) -> list[int]:
    """Return at most so many days, the first and the last among them."""
    return sorted({int(day) for day in np.linspace(0, days - 1, min(days, most)).round()}) if days else []
