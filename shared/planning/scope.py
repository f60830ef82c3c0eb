"""What is planned for: relationships, who they are with, and the days on which something can be done."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.reading import Floats, States, faded
from shared.planning.silence import Silence

Integers = NDArray[np.int64]

CHANNELS = ("contact", "dialogue", "depth", "accord", "strain")
NOWHERE = -1


class Scope(NamedTuple):
    """Relationships, a row each; people, owners and cells (a function or a level of an initiative) by number."""

    states: States
    """as they stand; `rebased` to now"""
    booked_at: Floats
    """seconds since 1970 of the next meeting that is booked, nan where there is none"""
    importance: Floats
    line: Floats
    """the score under which the relationship counts as lost"""
    person: Integers
    owner: Integers
    """whose hours a touch with them takes; NOWHERE where nobody's are planned"""
    cells: Integers
    """two columns, function and level, NOWHERE where the roster names none"""
    silence: Silence | None = None
    """None where nothing is known of touch days: no risk is avoided then"""

    def of(self, rows: NDArray[np.intp]) -> "Scope":
        """Return some of the relationships."""
        return Scope(
            self.states.of(rows),
            self.booked_at[rows],
            self.importance[rows],
            self.line[rows],
            self.person[rows],
            self.owner[rows],
            self.cells[rows],
            self.silence.of(rows) if self.silence else None,
        )

    @property
    def cell_count(self) -> int:
        """Return how many cells there are."""
        return int(self.cells.max(initial=NOWHERE)) + 1

    @property
    def people(self) -> int:
        """Return how many people there are."""
        return int(self.person.max()) + 1 if self.person.size else 0


class Days(NamedTuple):
    """Days that touches can lie on: when each begins to count, and the minutes that each owner has free."""

    at: Floats
    """seconds since 1970"""
    free_minutes: Mapping[tuple[int, int], int]
    """by owner and day; what is not in it is not free"""


def rebased(states: States, now: float, model: Any) -> States:
    """Return the same states with all sums as of now: a touch today on an old state cannot overflow."""
    elapsed = np.where(np.isnan(states.as_of), 0.0, now - states.as_of)
    half_lives = model.half_life_days
    sums = {name: faded(getattr(states, name), elapsed, getattr(half_lives, name)) for name in CHANNELS}
    return states._replace(as_of=np.full(elapsed.shape, now), **sums)
