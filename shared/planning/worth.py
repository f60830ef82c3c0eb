"""What a package of touches is worth to each person: relationship-days kept above the line, and cells kept covered.

Worth is counted in relationship-days of importance 1. A day above the line counts one; a day under it as much less as
the score is short of it, so that progress of those who are far below counts too. A day on which a function or a level
has somebody aligned only because of the plan counts COVERED_DAY. What lies ahead counts the less the further it is:
whoever drifts in a month can be met in three weeks, and who is under the line now cannot be met yesterday. Without
that, hours go to those who need them least (docs/science.md, "The plan").
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, Floats, States, is_known, points
from shared.planning.scope import NOWHERE, Days, Integers, Scope
from shared.planning.touches import Package
from shared.vocabulary import Kind

COVERED_DAY = 0.5
LOOK_DAYS = 7
"""Days between two looks at whether a cell is covered."""
NOTHING = 1e-6
"""Worth under it is rounding."""
PATIENCE_DAYS = 10.0
"""A day so far ahead counts 1/e: about when the next plan, or the one after, could still see to it."""

Cover = tuple[int, int]
"""A cell and the number of a look at it."""


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


class Worth(NamedTuple):
    """What one package brings each person."""

    days: Floats
    """relationship-days kept above the line, weighted by importance"""
    value: Floats
    """what it is chosen by: the same with progress, and less of what is far ahead"""
    covers: list[tuple[Cover, ...]]
    """cells that would be covered, and are not otherwise"""

    @property
    def brings(self) -> NDArray[np.bool_]:
        """Say for each person whether it brings anything."""
        return np.asarray((self.value > NOTHING) | np.array([bool(its) for its in self.covers]), dtype=np.bool_)


def sight(now: float, within_days: float, model: Model) -> Sight:
    """Return the noons of the days from now to one horizon after the window."""
    count = max(1, int(np.ceil(within_days + model.horizon.days)))
    noons = np.arange(count, dtype=np.float64) + 0.5
    return Sight(np.asarray(now + noons * DAY_SECONDS, dtype=np.float64), model)


class Foresight:
    """The scores to come without a plan, to which every package is compared."""

    def __init__(self, scope: Scope, seen: Sight) -> None:
        self.scope, self.sight = scope, seen
        self.scores = _foreseen(scope.states, scope.booked_at, seen)
        self.above = self.scores >= scope.line[:, np.newaxis]
        self.is_aligned = self.scores[:, seen.looks] >= seen.model.bands.aligned_min
        self.open_cells = self._open_cells()
        self.may_cover = np.zeros_like(self.is_aligned)
        for column in scope.cells.T:
            named = column != NOWHERE
            self.may_cover[named] |= self.open_cells[column[named]]
        self.may_cover &= ~self.is_aligned

    def _open_cells(self) -> NDArray[np.bool_]:
        """Say for each cell and look whether nobody is aligned."""
        cells = int(self.scope.cells.max(initial=NOWHERE)) + 1
        covered = np.zeros((cells, self.is_aligned.shape[1]), dtype=np.bool_)
        for column in self.scope.cells.T:
            named = column != NOWHERE
            np.logical_or.at(covered, column[named], self.is_aligned[named])
        return ~covered

    def after(self, package: Package, days: Days) -> Floats:
        """Return the scores with the package."""
        states, scores = self.scope.states, self.scores.copy()
        for day in package.days:
            moment = float(days.at[day])
            states = with_touch(states, package.touch, moment, self.sight.model)
            first = int(np.searchsorted(self.sight.moments, moment))
            later = self.sight._replace(moments=self.sight.moments[first:])
            scores[:, first:] = np.maximum(scored(states, later), self.scores[:, first:])
        return scores

    def worth(self, package: Package, days: Days) -> Worth:
        """Return what the package brings each person."""
        scores = self.after(package, days)
        line = self.scope.line[:, np.newaxis]
        kept = (scores >= line).astype(np.float64) - self.above
        progress = (np.minimum(scores, line) - np.minimum(self.scores, line)) / np.maximum(line, 1.0)
        value = (kept + progress) @ counting(self.sight.days)
        importance = self.scope.importance
        return Worth(
            self._by_person(importance * kept.sum(axis=1)), self._by_person(importance * value), self._covers(scores)
        )

    def _by_person(self, values: Floats) -> Floats:
        found = np.zeros(self.scope.people)
        np.add.at(found, self.scope.person, values)
        return found

    def _covers(self, scores: Floats) -> list[tuple[Cover, ...]]:
        found: list[set[Cover]] = [set() for _ in range(self.scope.people)]
        newly = (scores[:, self.sight.looks] >= self.sight.model.bands.aligned_min) & self.may_cover
        for row, cell in _named(self.scope.cells, np.flatnonzero(newly.any(axis=1))):
            for look in np.flatnonzero(newly[row] & self.open_cells[cell]):
                found[self.scope.person[row]].add((cell, int(look)))
        return [tuple(sorted(covers)) for covers in found]


def scored(states: States, seen: Sight) -> Floats:
    """Return a row of scores per relationship; who is not known enough to be judged has 0."""
    scores = points(states.upright(), seen.moments, seen.model)
    return np.where(is_known(states, seen.model)[:, np.newaxis], scores, 0.0)


def counting(days: Floats) -> Floats:
    """Return how much a day counts that lies so many days ahead."""
    return np.asarray(np.exp(-days / PATIENCE_DAYS), dtype=np.float64)


def cover_value(covers: Iterable[Cover]) -> float:
    """Return what keeping cells covered at these looks is worth."""
    days = np.array([LOOK_DAYS * look for _, look in covers], dtype=np.float64)
    return float(COVERED_DAY * LOOK_DAYS * counting(days).sum())


def _foreseen(states: States, booked_at: Floats, seen: Sight) -> Floats:
    scores = scored(states, seen)
    booked = ~np.isnan(booked_at)
    if not booked.any():
        return scores
    moments = np.where(booked, booked_at, states.as_of)
    met = scored(with_touch(states, Touch(Kind.MEETING), moments, seen.model), seen)
    return np.where(booked[:, np.newaxis] & (seen.moments >= moments[:, np.newaxis]), met, scores)


def _named(cells: Integers, rows: Sequence[int] | Integers) -> Iterator[tuple[int, int]]:
    for row in rows:
        for cell in cells[row]:
            if cell != NOWHERE:
                yield int(row), int(cell)
