"""When the score crosses a line if nothing else happens: solved for, never polled.

While nothing happens, channels only fade, so a score without strain only falls and crosses a line at most
once. Strain fades too: then a score can rise first and fall later, or dip in between, and the curve is
searched on a grid before the crossing is narrowed down.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.model import CHANNELS, Model
from shared.alignment.reading import DAY_SECONDS, Floats, States, is_known, points

FORESIGHT = 3652.5 * DAY_SECONDS
"""Ten years, in seconds: what lies beyond is never."""
STEPS_PER_HALF_LIFE = 8
"""A dip that comes and goes within an eighth of the shortest half-life is shallower than anyone can tell."""
HALVINGS = 30
"""As many bring ten years down to a third of a second."""
FEW, HALVINGS_OF_FEW = 32, 5
"""Of so few relationships a look costs the same at one moment or at thirty: so many halvings are taken with each."""
LOOKS = 400_000
"""How many looks at strained curves are taken at once at most: it bounds the memory, however short a half-life."""

Way = Literal["falls", "rises"]


def falls_under(states: States, line: float, since: Floats, model: Model) -> Floats:
    """Return the first whole second after `since` by which the score has fallen under `line`, else nan."""
    return _crossing(Curve(states, line, model), since, since + FORESIGHT, "falls")


def rises_over(states: States, line: float, since: Floats, model: Model) -> Floats:
    """Return the first whole second after `since` by which the score has come up to `line`, else nan."""
    return _crossing(Curve(states, line, model), since, since + FORESIGHT, "rises")


def fell_under(states: States, line: float, since: Floats, until: Floats, model: Model) -> Floats:
    """Return when the score that is under `line` at `until` came to be so; nan where it is not under.

    Nothing may have happened after `since`; where the score was under the line from then on, it is `since`.
    """
    curve = Curve(states, line, model)
    fell = _crossing(curve, since, until, "falls", last=True)
    is_under = is_known(states, model) & curve.is_under(until)
    return np.where(is_under, np.where(np.isnan(fell), since, fell), np.nan)


class Curve(NamedTuple):
    """The scores of relationships over time, beside a line."""

    states: States
    line: float
    model: Model

    def of(self, rows: NDArray[np.intp]) -> "Curve":
        """Return the curves of some relationships."""
        return self._replace(states=self.states.of(rows))

    def upright(self) -> "Curve":
        """Return the curves ready for a row of moments each."""
        return self._replace(states=self.states.upright())

    def calm(self) -> "Curve":
        """Return the curves as they were without strain: never lower, and only falling."""
        return self._replace(states=self.states._replace(strain=np.zeros_like(self.states.strain)))

    def is_under(self, moments: Floats) -> NDArray[np.bool_]:
        """Say where the score is under the line."""
        return points(self.states, moments, self.model) < self.line

    def step(self) -> float:
        """Return the seconds between two looks at a curve that may turn."""
        half_life = self.model.half_life_days
        days = min(getattr(half_life, channel) for channel in CHANNELS)
        return float(days) * DAY_SECONDS / STEPS_PER_HALF_LIFE


def _crossing(curve: Curve, start: Floats, end: Floats, way: Way, *, last: bool = False) -> Floats:
    """Return the first (or last) crossing between `start` and `end`, nan where there is none."""
    found = np.full(start.shape, np.nan)
    known, strain = is_known(curve.states, curve.model), curve.states.strain
    calm, strained = np.flatnonzero(known & (strain == 0)), np.flatnonzero(known & (strain > 0))
    found[calm] = _search(curve.of(calm), _grid(start[calm], end[calm], 1), way, last=last)
    together = max(1, int(LOOKS * curve.step() / FORESIGHT))
    for first in range(0, strained.size, together):
        rows = strained[first : first + together]
        its = curve.of(rows)
        # Under the line even without strain, a score never comes back: there is nothing left to look at.
        stop = _narrow(its.calm(), start[rows], end[rows], "falls")
        steps = max(1, int(np.ceil(np.max(stop - start[rows]) / curve.step())))
        found[rows] = _search(its, _grid(start[rows], stop, steps), way, last=last)
    return found


def _grid(start: Floats, end: Floats, steps: int) -> Floats:
    return np.linspace(start, end, steps + 1, axis=1)


def _search(curve: Curve, moments: Floats, way: Way, *, last: bool) -> Floats:
    under = curve.upright().is_under(moments)
    before, after = under[:, :-1], under[:, 1:]
    crosses = ~before & after if way == "falls" else before & ~after
    steps, rows = crosses.shape[1], np.arange(crosses.shape[0])
    at = steps - 1 - np.argmax(crosses[:, ::-1], axis=1) if last else np.argmax(crosses, axis=1)
    moment = _whole_second(curve, moments[rows, at], moments[rows, at + 1], way)
    return np.where(crosses.any(axis=1), moment, np.nan)


def _whole_second(curve: Curve, before: Floats, after: Floats, way: Way) -> Floats:
    """Return the first whole second by which the curve has crossed: the same from wherever one looks."""
    moment = np.ceil(_narrow(curve, before, after, way))
    # Narrowed down to a third of a second, a crossing just before a whole second may seem to lie just after it.
    earlier = moment - 1
    is_crossed = (earlier > before) & (curve.is_under(earlier) == (way == "falls"))
    return np.where(is_crossed, earlier, moment)


def _narrow(curve: Curve, before: Floats, after: Floats, way: Way) -> Floats:
    """Return a moment just after the crossing that lies between `before` and `after`."""
    at_once = HALVINGS_OF_FEW if before.size <= FEW else 1
    parts, upright = 2**at_once, curve.upright()
    for _ in range(HALVINGS // at_once):
        moments = np.linspace(before, after, parts + 1, axis=1)
        crossed = upright.is_under(moments[:, 1:-1]) == (way == "falls")
        part = np.where(crossed.any(axis=1), crossed.argmax(axis=1), parts - 1)
        before, after = moments[np.arange(part.size), part], moments[np.arange(part.size), part + 1]
    return after
