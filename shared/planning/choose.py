"""Chooses the offers that are worth most together: exactly where it can, else greedily, with the gap that is left."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
from scipy.sparse import coo_array  # type: ignore[import-untyped]

from shared.alignment.reading import Floats
from shared.planning.offers import Offer
from shared.planning.scope import Days
from shared.planning.worth import Cover, cover_value

NODES_MAX = 20_000
"""Branches looked at before the best so far is taken; not seconds, so that the same input gives the same plan."""
EXACT_UP_TO = 5_000
"""Offers, above which the last ten-thousandth is not waited for."""
GAP, GAP_OF_MANY = 1e-9, 1e-4
ROUNDING = 1e-9

Entry = tuple[int, int, float]


class Choice(NamedTuple):
    """The offers taken, by number, and how good they are."""

    taken: tuple[int, ...]
    value: float
    bound: float
    """no choice can be worth more"""
    solver: Literal["exact", "greedy"]

    @property
    def gap(self) -> float:
        """Return the share of the bound that may be missed, 0 where the choice is the best there is."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0


def choose(offers: Sequence[Offer], minutes: float, days: Days, nodes_max: int = NODES_MAX) -> Choice:
    """Return the choice that is worth most within the minutes and each day's free time."""
    by_hand = greedy(offers, minutes, days)
    if not offers or minutes <= 0:
        return Choice((), 0.0, 0.0, "exact")
    problem = Problem(offers, minutes, days)
    gap = GAP if len(offers) <= EXACT_UP_TO else GAP_OF_MANY
    solved = milp(
        -problem.values,
        integrality=problem.integrality,
        bounds=Bounds(0, 1),
        constraints=problem.constraints,
        # Presolving takes longer than solving: what it would find is left out of the offers already.
        options={"mip_rel_gap": gap, "node_limit": nodes_max, "presolve": False},
    )
    highest = sum(offer.most for offer in offers) if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    taken = () if solved.x is None else tuple(np.flatnonzero(solved.x[: len(offers)] > 0.5).tolist())  # noqa: PLR2004
    value = worth(offers, taken)
    if value + ROUNDING < worth(offers, by_hand):
        return Choice(by_hand, worth(offers, by_hand), highest, "greedy")
    return Choice(taken, value, max(value, highest), "exact")


def worth(offers: Sequence[Offer], taken: Sequence[int]) -> float:
    """Return what they are worth together: a cell that two of them cover is covered once."""
    covers = {cover for number in taken for cover in offers[number].covers}
    return sum(offers[number].value for number in taken) + cover_value(sorted(covers))


def greedy(offers: Sequence[Offer], minutes: float, days: Days) -> tuple[int, ...]:
    """Take what brings most per minute as long as there is room."""
    left, free = minutes, dict(days.free_minutes)
    met: set[int] = set()
    taken: list[int] = []
    for number in sorted(range(len(offers)), key=lambda its: (-offers[its].most / offers[its].minutes, its)):
        offer = offers[number]
        slots = [(offer.owner, day) for day in offer.package.days]
        fits = offer.minutes <= left and all(free.get(slot, 0) >= offer.package.minutes for slot in slots)
        if not fits or met & set(offer.people):
            continue
        taken.append(number)
        met |= set(offer.people)
        left -= offer.minutes
        for slot in slots:
            free[slot] -= offer.package.minutes
    return tuple(sorted(taken))


class Problem:
    """The choice as rows and columns: a column per offer, then one per cell and look that could be covered."""

    def __init__(self, offers: Sequence[Offer], minutes: float, days: Days) -> None:
        self.offers = offers
        self.covers: list[Cover] = sorted({cover for offer in offers for cover in offer.covers})
        self.columns = len(offers) + len(self.covers)
        self.values: Floats = np.array(
            [offer.value for offer in offers] + [cover_value([cover]) for cover in self.covers]
        )
        self.integrality = np.array([1] * len(offers) + [0] * len(self.covers))
        self.constraints = [self._once(), self._time(minutes, days)]
        if self.covers:
            self.constraints.append(self._covered())

    def _once(self) -> LinearConstraint:
        entries = [(person, column, 1.0) for column, offer in enumerate(self.offers) for person in offer.people]
        return self._rows(entries, {row: 1.0 for row, _, _ in entries})

    def _time(self, minutes: float, days: Days) -> LinearConstraint:
        slots: dict[tuple[int, int], int] = defaultdict(lambda: len(slots) + 1)
        entries: list[Entry] = []
        for column, offer in enumerate(self.offers):
            entries.append((0, column, float(offer.minutes)))
            each = float(offer.package.minutes)
            entries += [(slots[offer.owner, day], column, each) for day in offer.package.days]
        most = {row: float(days.free_minutes.get(slot, 0)) for slot, row in slots.items()}
        return self._rows(entries, {0: float(minutes), **most})

    def _covered(self) -> LinearConstraint:
        row_of = {cover: row for row, cover in enumerate(self.covers)}
        entries = [(row, len(self.offers) + row, 1.0) for row in range(len(self.covers))]
        for column, offer in enumerate(self.offers):
            entries += [(row_of[cover], column, -1.0) for cover in offer.covers]
        return self._rows(entries, dict.fromkeys(range(len(self.covers)), 0.0))

    def _rows(self, entries: Sequence[Entry], most: dict[int, float]) -> LinearConstraint:
        rows, columns, values = (np.array(its) for its in zip(*entries, strict=True))
        count = int(rows.max()) + 1
        matrix = coo_array((values, (rows, columns)), shape=(count, self.columns)).tocsr()
        return LinearConstraint(matrix, ub=np.array([most.get(row, np.inf) for row in range(count)]))
