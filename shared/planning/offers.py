"""Everything that could be on the plan: offers of touches, each with its minutes, its people and its worth."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from shared.planning.scope import NOWHERE, Days, Integers, Scope
from shared.planning.touches import Package
from shared.planning.worth import Cover, Foresight, Worth, cover_value

ALTERNATIVES = 2
"""Offers kept per person and number of minutes: the best days, so that a full day has another."""


class Offer(NamedTuple):
    """A package with the people it is for; whoever is on it is on no other."""

    package: Package
    owner: int
    people: tuple[int, ...]
    days: float
    """relationship-days kept above the line"""
    value: float
    covers: tuple[Cover, ...]

    @property
    def minutes(self) -> int:
        """Return what it takes in all."""
        return self.package.minutes * len(self.package.days)

    @property
    def most(self) -> float:
        """Return what it is worth if nobody else covers what it covers."""
        return self.value + cover_value(self.covers)


def offers(foresight: Foresight, packages: Sequence[Package], days: Days) -> list[Offer]:
    """Return the offers worth considering, in an order that depends on nothing but the input."""
    owners = owner_of(foresight.scope)
    single: dict[tuple[int, int], list[Offer]] = defaultdict(list)
    groups: list[Offer] = []
    for package in packages:
        worth = foresight.worth(package, days)
        if package.is_group:
            groups += gathered(package, worth, foresight.scope, owners, days)
            continue
        for person in wanted(worth, owners, package, days):
            offer = Offer(
                package,
                int(owners[person]),
                (person,),
                float(worth.days[person]),
                float(worth.value[person]),
                worth.covers[person],
            )
            single[person, offer.minutes].append(offer)
    best = [offer for its in single.values() for offer in sorted(its, key=lambda its: -its.most)[:ALTERNATIVES]]
    return undominated(best) + groups


def owner_of(scope: Scope) -> Integers:
    """Return whose hours a touch with each person takes: NOWHERE where it is nobody's."""
    owners = np.full(scope.people, NOWHERE, dtype=np.int64)
    for person, owner in zip(scope.person[::-1], scope.owner[::-1], strict=True):
        owners[person] = owner if owner != NOWHERE else owners[person]
    return owners


def wanted(worth: Worth, owners: Integers, package: Package, days: Days) -> Iterator[int]:
    """Yield the people to whom the package brings something, and who have an owner free on its days."""
    free = [owner for owner in set(owners.tolist()) - {NOWHERE} if is_free(package, owner, days)]
    for person in np.flatnonzero(np.isin(owners, free) & worth.brings):
        yield int(person)


def is_free(package: Package, owner: int, days: Days) -> bool:
    """Say whether the owner has the time on each of the days."""
    return all(days.free_minutes.get((owner, day), 0) >= package.minutes for day in package.days)


def undominated(singles: list[Offer]) -> list[Offer]:
    """Leave out what costs more than another offer for the same person and brings no more of anything."""
    by_person: dict[int, list[Offer]] = defaultdict(list)
    for offer in sorted(singles, key=lambda its: (its.minutes, -its.most, its.package.days)):
        kept = by_person[offer.people[0]]
        cheaper = [its for its in kept if its.minutes < offer.minutes]
        if not any(its.value >= offer.value and {*its.covers} >= {*offer.covers} for its in cheaper):
            kept.append(offer)
    return [offer for person in sorted(by_person) for offer in by_person[person]]


def gathered(package: Package, worth: Worth, scope: Scope, owners: Integers, days: Days) -> Iterator[Offer]:
    """Yield a meeting per owner and cell with those to whom it brings most."""
    size = package.touch.breadth
    for members in companies(scope, owners):
        owner = int(owners[members[0]])
        able = [person for person in members if worth.brings[person]]
        if len(able) < size or not is_free(package, owner, days):
            continue
        people = tuple(sorted(sorted(able, key=lambda its: (-worth.value[its], its))[:size]))
        covers = sorted({cover for person in people for cover in worth.covers[person]})
        numbers = list(people)
        days_kept, value = float(worth.days[numbers].sum()), float(worth.value[numbers].sum())
        yield Offer(package, owner, people, days_kept, value, tuple(covers))


def companies(scope: Scope, owners: Integers) -> list[tuple[int, ...]]:
    """Return who may sit together: people of one owner in one cell."""
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for person, cells in zip(scope.person.tolist(), scope.cells.tolist(), strict=True):
        for cell in cells:
            if cell != NOWHERE and owners[person] != NOWHERE:
                found[int(owners[person]), cell].add(person)
    return list(dict.fromkeys(tuple(sorted(found[key])) for key in sorted(found)))
