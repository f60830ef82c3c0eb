"""The choice among offers as rows and columns, and its linear relaxation, whose prices tell which offers matter."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy  # type: ignore[import-untyped]
from numpy.typing import NDArray

from shared.alignment.reading import Floats
from shared.planning.offers import Offer
from shared.planning.scope import Days
from shared.planning.worth import Cover

FIRST, MORE = 2_000, 4_000
"""Columns that the relaxation begins with, and that join it at a time when its prices call for them."""
WORTHWHILE = 1e-9
"""A column whose reduced cost is less than it cannot lift the bound."""

Columns = NDArray[np.intp]


class Problem:
    """A column per offer, then one per cell and look that could be covered; rows are what there is only so much of."""

    def __init__(self, offers: Sequence[Offer], minutes: float, days: Days) -> None:
        self.offers = len(offers)
        covers: list[Cover] = sorted({cover for offer in offers for cover in offer.covers})
        self.values: Floats = np.array([offer.value for offer in offers] + [cover.worth for cover in covers])
        self.most: list[float] = []
        rows = _Rows(self.most)
        # In steps that every touch is a multiple of: numbers stay small, and what is left of an hour is no room.
        step = math.gcd(*(offer.package.minutes for offer in offers))
        for column, offer in enumerate(offers):
            rows.put("hours", column, offer.minutes // step, minutes // step)
            for person in offer.people:
                rows.put(("person", person), column, 1, 1)
            for day in offer.package.days:
                free = days.free_minutes.get((offer.owner, day), 0)
                rows.put(("day", offer.owner, day), column, offer.package.minutes // step, free // step)
            # A cell counts as covered only where somebody covers it.
            for cover in offer.covers:
                rows.put(("cover", cover), column, -1, 0)
        for number, cover in enumerate(covers):
            rows.put(("cover", cover), self.offers + number, 1, 0)
        self.matrix = scipy.sparse.csc_array(rows.matrix(self.values.size))

    @property
    def integrality(self) -> NDArray[np.int64]:
        """Return 1 for offers; that a cell is covered follows from them."""
        return (np.arange(self.values.size) < self.offers).astype(np.int64)


class _Rows:
    """Rows by what they are of, in the order of their first entry."""

    def __init__(self, most: list[float]) -> None:
        self._most, self._number = most, dict[object, int]()
        self._rows, self._columns, self._values = list[int](), list[int](), list[float]()

    def put(self, of: object, column: int, value: float, most: float) -> None:
        row = self._number.setdefault(of, len(self._number))
        if row == len(self._most):
            self._most.append(float(most))
        self._rows.append(row)
        self._columns.append(column)
        self._values.append(value)

    def matrix(self, columns: int) -> "scipy.sparse.coo_array":
        entries = (np.array(self._values, dtype=np.float64), (self._rows, self._columns))
        return scipy.sparse.coo_array(entries, shape=(len(self._most), columns))


class Relaxed(NamedTuple):
    """The best that offers taken in part could bring."""

    bound: float
    """no choice is worth more"""
    reduced: Floats
    """by column: bound + reduced is the most that a choice with the column in it can be worth"""
    used: int
    """offers that are taken, in part at least"""


def relaxed(problem: Problem) -> Relaxed:
    """Solve the relaxation over all columns, with only those in it that its prices call for."""
    active = _first(problem)
    while True:
        priced = _priced(problem, active)
        if priced is None:
            # Of all together more cannot come; nothing is ruled out, and the gap tells how little is known.
            return Relaxed(float(np.maximum(problem.values, 0.0).sum()), np.zeros(problem.values.size), 0)
        bound, prices, used = priced
        reduced = np.asarray(problem.values - problem.matrix.T @ prices, dtype=np.float64)
        called = np.flatnonzero((reduced > WORTHWHILE) & ~active)
        if not called.size:
            # What lifts the bound already cannot lift it further.
            return Relaxed(bound, np.minimum(reduced, 0.0), used)
        active[called[np.argsort(-reduced[called], kind="stable")[:MORE]]] = True


def _first(problem: Problem) -> NDArray[np.bool_]:
    """Return covers, and the offers that bring most per minute."""
    active = np.ones(problem.values.size, dtype=np.bool_)
    taken = np.asarray(abs(problem.matrix).sum(axis=0)).ravel()[: problem.offers]
    rate = problem.values[: problem.offers] / taken
    active[np.argsort(-rate, kind="stable")[FIRST:]] = False
    return active


def _priced(problem: Problem, active: NDArray[np.bool_]) -> tuple[float, Floats, int] | None:
    """Return the bound, the price of each row and how many offers are used; None where the solver gives up."""
    columns = np.flatnonzero(active)
    solved = scipy.optimize.linprog(
        -problem.values[columns],
        A_ub=problem.matrix[:, columns],
        b_ub=np.array(problem.most),
        bounds=(0, 1),
        method="highs-ds",
        options={"presolve": False},
    )
    if solved.x is None:
        return None
    used = int((solved.x[columns < problem.offers] > WORTHWHILE).sum())
    return -float(solved.fun), np.asarray(-solved.ineqlin.marginals, dtype=np.float64), used
