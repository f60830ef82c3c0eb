"""Chooses the offers that are worth most together: exactly where it can, else greedily, with the gap that is left."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import scipy  # type: ignore[import-untyped]

from shared.planning.offers import Offer, added
from shared.planning.problem import Columns, Problem, Relaxed, relaxed
from shared.planning.scope import Days
from shared.planning.worth import ROUNDING, Cover, cover_value

NODES_MAX = 400
"""Branches looked at before the best so far is taken; not seconds, so that the same input gives the same plan."""
LEAST, EACH = 200, 3
"""Offers that are branched on at first, those that prices say most for: so many, or so many for each that the
relaxation takes. They nearly always hold the best choice, and with it most of the others are ruled out."""
MORE, MANY = 2_000, 8_000
"""So many of those that are not ruled out are branched on then, and at last."""
THOROUGH_UP_TO = 20_000
"""Offers, above which the last two thousandths are not waited for."""
GAP_OF_MANY = 2e-3
EXACT = 1e-9
"""A gap that is rounding."""
HALF = 0.5


class Choice(NamedTuple):
    """The offers taken, by number, and how good they are."""

    taken: tuple[int, ...]
    value: float
    bound: float
    """no choice can be worth more"""
    solver: Literal["exact", "limited", "greedy"]
    """limited: the solver's best so far, when it had looked at as much as it may"""

    @property
    def gap(self) -> float:
        """Return the share of the bound that may be missed, 0 where the choice is the best there is."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


def choose(offers: Sequence[Offer], minutes: float, days: Days, nodes_max: int = NODES_MAX) -> Choice:
    """Return the choice that is worth most within the minutes and each day's free time."""
    if not offers or minutes <= 0:
        return Choice((), 0.0, 0.0, "exact")
    order = by_rate(offers)
    best = greedy(offers, minutes, days, order=order)
    solver: Literal["limited", "greedy"] = "greedy"
    problem = Problem(offers, minutes, days)
    prices = relaxed(problem)
    bound, enough = prices.bound, EXACT if len(offers) <= THOROUGH_UP_TO else GAP_OF_MANY
    for count, gap in ((max(LEAST, EACH * prices.used), EXACT), (MORE, enough), (MANY, enough)):
        value = worth(offers, best)
        columns, left_out = promising(problem, prices, value, count)
        taken, reached = branched(problem, columns, nodes_max)
        # Filled up by hand: where the solver stopped early, time may be left.
        taken = greedy(offers, minutes, days, taken, order)
        if worth(offers, taken) > value:
            best, solver, value = taken, "limited", worth(offers, taken)
        bound = min(bound, max(value, reached, left_out))
        if bound <= value * (1 + gap) or left_out <= value:
            break
    is_exact = bound <= value * (1 + EXACT)
    return Choice(best, value, value if is_exact else bound, "exact" if is_exact else solver)


def promising(problem: Problem, prices: Relaxed, value: float, count: int) -> tuple[Columns, float]:
    """Return the columns that a better choice may hold, so many offers at most, and what one with others is worth."""
    reduced = prices.reduced[: problem.offers]
    order = np.argsort(-reduced, kind="stable")
    could = order[prices.bound + reduced[order] > value]
    left_out = prices.bound + float(reduced[could[count]]) if could.size > count else 0.0
    covers = np.arange(problem.offers, problem.values.size)
    return np.concatenate([np.sort(could[:count]), covers]), left_out


def branched(problem: Problem, columns: Columns, nodes_max: int) -> tuple[tuple[int, ...], float]:
    """Return the best choice of these columns that was found, and what none of them can exceed."""
    if not (columns < problem.offers).any():
        return (), 0.0
    matrix = problem.matrix[:, columns]
    rows = np.unique(matrix.indices)
    solved = scipy.optimize.milp(
        -problem.values[columns],
        integrality=problem.integrality[columns],
        bounds=scipy.optimize.Bounds(0, 1),
        constraints=scipy.optimize.LinearConstraint(matrix[rows], ub=np.array(problem.most)[rows]),
        # Presolving takes longer than solving: what it would find is left out of the columns already.
        options={"mip_rel_gap": EXACT, "node_limit": nodes_max, "presolve": False},
    )
    reached = np.inf if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    chosen = () if solved.x is None else columns[np.flatnonzero(solved.x > HALF)]
    return tuple(int(column) for column in chosen if column < problem.offers), reached


def worth(offers: Sequence[Offer], taken: Sequence[int]) -> float:
    """Return what they are worth together: a cell that two of them cover is covered once."""
    covers = {cover for number in taken for cover in offers[number].covers}
    return sum(offers[number].value for number in taken) + cover_value(sorted(covers))


def by_rate(offers: Sequence[Offer]) -> list[int]:
    """Return the offers by number, what brings most per minute first."""
    rates = np.array([offer.most / offer.minutes for offer in offers])
    return [int(number) for number in np.argsort(-rates, kind="stable")]


def greedy(
    offers: Sequence[Offer], minutes: float, days: Days, taken: Sequence[int] = (), order: Sequence[int] | None = None
) -> tuple[int, ...]:
    """Take what comes first by `order`, else by rate, as long as there is room, beside what is taken already."""
    room = _Room(minutes, days)
    found = [number for number in taken if room.took(offers[number])]
    found += [number for number in order or by_rate(offers) if room.took(offers[number])]
    return tuple(sorted(found))


class _Room:
    """What is left of the hours, of each day, and of the people whom nobody meets yet."""

    def __init__(self, minutes: float, days: Days) -> None:
        self._left, self._free = minutes, dict(days.free_minutes)
        self._met, self._covered = set[int](), set[Cover]()

    def took(self, offer: Offer) -> bool:
        """Take the offer if there is room, and if it adds anything to what is covered already."""
        each = offer.package.minutes
        if each > self._left or offer.minutes > self._left:
            return False
        slots = [(offer.owner, day) for day in offer.package.days]
        fits = all(self._free.get(slot, 0) >= each for slot in slots)
        if not fits or self._met & {*offer.people} or added(offer, self._covered) <= ROUNDING:
            return False
        self._met |= {*offer.people}
        self._covered |= {*offer.covers}
        self._left -= offer.minutes
        for slot in slots:
            self._free[slot] -= each
        return True
