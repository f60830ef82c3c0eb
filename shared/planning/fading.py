"""The scores to come of many relationships with touches added, quickly.

A share is 1 - exp(-sum / full), and a touch adds to a sum what fades alike for everybody. So it multiplies what a
channel lacks by a row of factors, and of a relationship nothing has to be raised to a power again: that is what the
arithmetic of `shared.alignment.reading` comes to, ten times as fast.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shared.alignment.counterfactual import Gains, Touch, gains
from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, LN_2, Floats, States, faded, is_known

FED = ("contact", "dialogue", "depth", "accord")

Touches = Sequence[tuple[Touch, float]]
"""Each with its moment, seconds since 1970."""


class Fading(NamedTuple):
    """What each channel lacks and what strain there is, a row per relationship and a column per moment."""

    states: States
    moments: Floats
    model: Model
    lacks: Mapping[str, Floats]
    strain: Floats | None
    """None where there is none"""

    @classmethod
    def of_states(cls, states: States, moments: Floats, model: Model) -> Self:
        """Return how the states fade if nothing happens."""
        standing, half_life, full = states.upright(), model.half_life_days, model.reading.full
        elapsed = moments - standing.as_of
        lacks = {
            name: np.exp(-faded(getattr(standing, name), elapsed, getattr(half_life, name)) / getattr(full, name))
            for name in FED
        }
        strain = faded(standing.strain, elapsed, half_life.strain) if (states.strain > 0).any() else None
        return cls(states, moments, model, lacks, strain)

    def of(self, rows: NDArray[np.intp]) -> Self:
        """Return some of the relationships."""
        return self._replace(
            states=self.states.of(rows),
            lacks={name: its[rows] for name, its in self.lacks.items()},
            strain=None if self.strain is None else self.strain[rows],
        )

    def scores(self, touches: Touches, first: int, end: int) -> Floats:
        """Return the scores with the touches, all before these looks; 0 where too little is known to judge."""
        added = [(gains(touch, self.model), moment) for touch, moment in touches]
        reading, lacks = self.model.reading, dict[str, Floats]()
        for name in FED:
            more = self._sum(name, added, first, end) / getattr(reading.full, name)
            lacks[name] = self.lacks[name][:, first:end] * np.exp(-more)
        missing = np.ones_like(lacks["contact"])
        for name in FED:
            most = getattr(reading.most, name)
            missing *= 1 - most + most * lacks[name]
        found = 100 * (1 - missing)
        strain = self._sum("strain", added, first, end) + (0.0 if self.strain is None else self.strain[:, first:end])
        if strain.any():
            found *= np.exp(-strain / (reading.full.strain * (1 + reading.cushion * (1 - lacks["depth"]))))
        return np.where(self._is_known(added)[:, np.newaxis], found, 0.0)

    def _sum(self, name: str, added: Sequence[tuple[Gains, float]], first: int, end: int) -> Floats:
        """Return what the touches add to a channel, for everybody alike."""
        half_life = getattr(self.model.half_life_days, name) * DAY_SECONDS
        found = np.zeros(end - first)
        for its, moment in added:
            found += getattr(its, name) * np.exp(-LN_2 * (self.moments[first:end] - moment) / half_life)
        return found

    def _is_known(self, added: Sequence[tuple[Gains, float]]) -> NDArray[np.bool_]:
        states = self.states._replace(
            touch_days=self.states.touch_days + sum(its.touch_days for its, _ in added),
            evidence=self.states.evidence + sum(its.evidence for its, _ in added),
        )
        return is_known(states, self.model)
