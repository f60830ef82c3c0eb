"""What a package of touches is worth to each person: days kept above the line, cells kept covered, silence avoided.

Worth is counted in relationship-days of importance 1, and everything in it is multiplied by importance:

- A day above the line counts one; a day under it as much less as the score is short of it, so that progress of those
  who are far below counts too.
- A day on which a function or a level has somebody aligned only because of the plan counts COVERED_DAY, times the
  importance of whoever matters most in it: a function is as important as the one for whose sake it is on the roster.
- Risk is the probability that a relationship stays silent for one horizon from the end of the window on. Each day of
  that horizon counts SILENT_DAY times the probability that the plan takes off it: so many days of silence are to be
  expected less. It counts little: the days above the line are foreseen as if nobody else got in touch, so that silence
  is in them already, and risk decides among those who gain alike. Who has too few touch days to judge has no risk.

What lies ahead counts the less the further it is: whoever drifts in a month can be met in three weeks, and who is under
the line now cannot be met yesterday. Without that, hours go to those who need them least (docs/science.md, "The plan").
"""

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, Floats, States, is_known, points
from shared.planning.fading import Fading
from shared.planning.scope import NOWHERE, Days, Scope
from shared.planning.silence import judged
from shared.planning.touches import Package
from shared.vocabulary import Kind

COVERED_DAY = 0.5
SILENT_DAY = 0.1
LOOK_DAYS = 7
"""Days between two looks at whether a cell is covered."""
ROUNDING = 1e-6
HARDLY = 0.05
"""A touch that is worth less would be told as 0.0: nobody is asked for a quarter of an hour for that."""
PATIENCE_DAYS = 10.0
"""A day so far ahead counts 1/e: about when the next plan, or the one after, could still see to it."""

Flags = NDArray[np.bool_]


class Cover(NamedTuple):
    """A cell, the number of a look at it, and what it is worth that it is covered until the next look."""

    cell: int
    look: int
    worth: float


class Sight(NamedTuple):
    """The time that counts, day by day from now to a horizon beyond the window, and the model to see it by."""

    moments: Floats
    model: Model

    @property
    def days(self) -> Floats:
        """Return how many days ahead each of them lies."""
        return np.asarray((self.moments - self.moments[0]) / DAY_SECONDS, dtype=np.float64)

    @property
    def looks(self) -> slice:
        """Return which days are looked at for coverage."""
        return slice(None, None, LOOK_DAYS)

    @property
    def window_ends(self) -> float:
        """Return the moment from which one horizon is still seen."""
        return float(self.moments[-1]) + (0.5 - self.model.horizon.days) * DAY_SECONDS


class Worth(NamedTuple):
    """What one package brings each person."""

    days: Floats
    """relationship-days kept above the line, each counted one"""
    value: Floats
    """what it is chosen by, without coverage: days and progress and silence avoided, weighed"""
    newly: Flags
    """by relationship, its two cells and the looks: where it would cover what nobody covers otherwise"""
    covers: Flags
    """who would cover anything so"""
    least: float = HARDLY
    """what it has to be worth to anybody"""

    @property
    def brings(self) -> Flags:
        """Say for each person whether it brings anything."""
        return np.asarray((self.value >= self.least) | self.covers, dtype=np.bool_)


def sight(now: float, within_days: float, model: Model) -> Sight:
    """Return the noons of the days from now to one horizon after the window."""
    count = max(1, int(np.ceil(within_days + model.horizon.days)))
    noons = np.arange(count, dtype=np.float64) + 0.5
    return Sight(np.asarray(now + noons * DAY_SECONDS, dtype=np.float64), model)


class Foresight:
    """The scores to come without a plan, to which every package is compared."""

    def __init__(self, scope: Scope, seen: Sight) -> None:
        self.scope, self.sight, self.people = scope, seen, scope.people
        self.scores = _foreseen(scope.states, scope.booked_at, seen)
        self.fading = Fading.of_states(scope.states, seen.moments, seen.model)
        self.above = self.scores >= scope.line[:, np.newaxis]
        self.is_aligned = self.scores[:, seen.looks] >= seen.model.bands.aligned_min
        self.open_cells = self._open_cells()
        self.look_worth = self._look_worth()
        self.silent_days = SILENT_DAY * float(counting(seen.days)[seen.moments > seen.window_ends].sum())
        self._calmed: dict[tuple[int, ...], Floats] = {}

    def of(self, rows: NDArray[np.intp]) -> "Foresight":
        """Return the same for some of the relationships; what the others cover stays covered, and numbers stay."""
        its = copy(self)
        its.scope, its.fading = self.scope.of(rows), self.fading.of(rows)
        its.scores, its.above, its.is_aligned = self.scores[rows], self.above[rows], self.is_aligned[rows]
        its._calmed = {}  # noqa: SLF001 -- its own copy
        return its

    def _open_cells(self) -> Flags:
        """Say for each cell and look whether nobody is aligned."""
        covered = np.zeros((self.scope.cell_count, self.is_aligned.shape[1]), dtype=np.bool_)
        for column in self.scope.cells.T:
            named = column != NOWHERE
            np.logical_or.at(covered, column[named], self.is_aligned[named])
        return ~covered

    def _look_worth(self) -> Floats:
        """Return what it is worth that a cell is covered from one look to the next."""
        importance = np.zeros(self.scope.cell_count)
        for column in self.scope.cells.T:
            named = column != NOWHERE
            np.maximum.at(importance, column[named], self.scope.importance[named])
        looks = counting(self.sight.days[self.sight.looks])
        return np.asarray(COVERED_DAY * LOOK_DAYS * importance[:, np.newaxis] * looks, dtype=np.float64)

    def after(self, package: Package, days: Days) -> Floats:
        """Return the scores with the package."""
        scores, moments = self.scores.copy(), [float(days.at[day]) for day in package.days]
        firsts = [int(first) for first in np.searchsorted(self.sight.moments, moments)]
        touches = [(package.touch, moment) for moment in moments]
        for number, (first, end) in enumerate(pairwise([*firsts, self.sight.moments.size]), 1):
            met = self.fading.scores(touches[:number], first, end)
            scores[:, first:end] = np.maximum(met, self.scores[:, first:end])
        return scores

    def worth(self, package: Package, days: Days) -> Worth:
        """Return what the package brings each person."""
        scores = self.after(package, days)
        line = self.scope.line[:, np.newaxis]
        kept = (scores >= line).astype(np.float64) - self.above
        progress = (np.minimum(scores, line) - np.minimum(self.scores, line)) / np.maximum(line, 1.0)
        calmed = self.silent_days * self.calmed(package.days, days)
        value = self.scope.importance * ((kept + progress) @ counting(self.sight.days) + calmed)
        newly = self._newly(scores)
        covers = self._by_person(np.asarray(newly.any(axis=(1, 2)), dtype=np.float64)) > 0
        least = HARDLY * len(package.days)
        return Worth(self._by_person(kept.sum(axis=1)), self._by_person(value), newly, covers, least)

    def calmed(self, touched: tuple[int, ...], days: Days) -> Floats:
        """Return how much less likely each relationship is to stay silent for a horizon after the window."""
        if touched not in self._calmed:
            before, after = self.risks(touched, days)
            self._calmed[touched] = np.nan_to_num(np.maximum(0.0, before - after))
        return self._calmed[touched]

    def risks(self, touched: tuple[int, ...], days: Days) -> tuple[Floats, Floats]:
        """Return the risk of silence after the window, without and with touches on these days; nan where unknown."""
        silence, model, ends = self.scope.silence, self.sight.model, self.sight.window_ends
        without, with_them = np.full((2, self.scope.person.size), np.nan)
        if silence is None:
            return without, with_them
        rows = judged(silence, self.scope.states.touch_days, model)
        before, after = silence.of(rows), silence.of(rows)
        for day in touched:
            after.touched(int(days.at[day] // DAY_SECONDS), model)
        without[rows], with_them[rows] = before.risk(ends, model), after.risk(ends, model)
        return without, with_them

    def _by_person(self, values: Floats) -> Floats:
        return np.bincount(self.scope.person, values, self.people).astype(np.float64)

    def _newly(self, scores: Floats) -> Flags:
        newly = (scores[:, self.sight.looks] >= self.sight.model.bands.aligned_min) & ~self.is_aligned
        found = np.zeros((*self.scope.cells.shape, newly.shape[1]), dtype=np.bool_)
        for number, column in enumerate(self.scope.cells.T):
            named = column != NOWHERE
            found[named, number] = newly[named] & self.open_cells[column[named]]
        return found

    def covers(self, worth: Worth) -> dict[int, tuple[Cover, ...]]:
        """Return what each of those who cover anything would cover."""
        found: dict[int, set[Cover]] = defaultdict(set)
        rows, numbers, looks = np.nonzero(worth.newly)
        cells = self.scope.cells[rows, numbers]
        for person, *cover in zip(
            self.scope.person[rows].tolist(),
            cells.tolist(),
            looks.tolist(),
            self.look_worth[cells, looks].tolist(),
            strict=True,
        ):
            found[person].add(Cover(*cover))
        return {person: tuple(sorted(its)) for person, its in found.items()}


def scored(states: States, seen: Sight) -> Floats:
    """Return a row of scores per relationship; who is not known enough to be judged has 0."""
    scores = points(states.upright(), seen.moments, seen.model)
    return np.where(is_known(states, seen.model)[:, np.newaxis], scores, 0.0)


def counting(days: Floats) -> Floats:
    """Return how much a day counts that lies so many days ahead."""
    return np.asarray(np.exp(-days / PATIENCE_DAYS), dtype=np.float64)


def cover_value(covers: Iterable[Cover]) -> float:
    """Return what keeping cells covered at these looks is worth."""
    return sum(cover.worth for cover in covers)


def _foreseen(states: States, booked_at: Floats, seen: Sight) -> Floats:
    scores = scored(states, seen)
    booked = ~np.isnan(booked_at)
    if not booked.any():
        return scores
    moments = np.where(booked, booked_at, states.as_of)
    met = scored(with_touch(states, Touch(Kind.MEETING), moments, seen.model), seen)
    return np.where(booked[:, np.newaxis] & (seen.moments >= moments[:, np.newaxis]), met, scores)
