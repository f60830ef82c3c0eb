"""What a package of touches is worth to each person: relationship-days kept above the line, and cells kept covered.

Worth is counted in relationship-days of importance 1. A day above the line counts whole; so that progress of those
who are far below counts too, and ties have an order, a day at 100 points counts SCORE_SHARE besides. A day on which
a function or a level has somebody aligned only because of the plan counts COVERED_DAY.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, Floats, States, is_known, points
from shared.planning.scope import NOWHERE, Days, Integers, Scope
from shared.planning.touches import Package
from shared.vocabulary import Kind

SCORE_SHARE = 0.2
COVERED_DAY = 2.0
LOOK_DAYS = 7
"""Days between two looks at whether a cell is covered."""

Cover = tuple[int, int]
"""A cell and the number of a look at it."""


class Sight(NamedTuple):
    """The time that counts, day by day from now to a horizon beyond the window, and the model to see it by."""

    moments: Floats
    model: Model

    @property
    def looks(self) -> slice:
        """Return which days are looked at for coverage."""
        return slice(None, None, LOOK_DAYS)


class Worth(NamedTuple):
    """What one package brings each person."""

    days: Floats
    """relationship-days kept above the line, weighted by importance"""
    value: Floats
    """the same with progress"""
    covers: list[tuple[Cover, ...]]
    """cells that would be covered, and are not otherwise"""


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
        kept = (scores >= self.scope.line[:, np.newaxis]).sum(axis=1) - self.above.sum(axis=1)
        progress = (scores - self.scores).sum(axis=1) / 100
        importance = self.scope.importance
        return Worth(
            self._by_person(importance * kept),
            self._by_person(importance * (kept + SCORE_SHARE * progress)),
            self._covers(scores),
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


def cover_value(looks: int) -> float:
    """Return what keeping a cell covered at so many looks is worth."""
    return COVERED_DAY * LOOK_DAYS * looks


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
