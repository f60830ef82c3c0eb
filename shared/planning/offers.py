"""Everything that could be on the plan: offers of touches, each with its minutes, its people and its worth."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from shared.planning.scope import NOWHERE, Days, Integers, Scope
from shared.planning.touches import Package
from shared.planning.worth import Cover, Flags, Foresight, Worth, cover_value


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


def added(offer: Offer, covered: set[Cover]) -> float:
    """Return what the offer adds where this is covered already."""
    return offer.value + cover_value(cover for cover in offer.covers if cover not in covered)


def offers(foresight: Foresight, packages: Sequence[Package], days: Days) -> list[Offer]:
    """Return every offer that could be part of a best choice, in an order that depends on nothing but the input.

    Left out is only what can never make a choice better: what brings nothing, what does not fit the owner's free time,
    and what takes at least the time of another offer to the same person, on its days, and brings no more of anything.
    """
    owners = owner_of(foresight.scope)
    ours = foresight.of(np.flatnonzero(owners[foresight.scope.person] != NOWHERE))
    worths = [ours.worth(package, days) for package in packages]
    found = [
        offer
        for wanted in alone(ours.scope, packages, worths, owners, days)
        for offer in singles(ours, owners, *wanted)
    ]
    found.sort(key=lambda its: (its.people, its.minutes, -its.most, its.package.days))
    for package, worth in zip(packages, worths, strict=True):
        if package.is_group:
            found += gathered(package, worth, ours, owners, days)
    return found


def owner_of(scope: Scope) -> Integers:
    """Return whose hours a touch with each person takes: NOWHERE where it is nobody's."""
    owners = np.full(scope.people, NOWHERE, dtype=np.int64)
    for person, owner in zip(scope.person[::-1], scope.owner[::-1], strict=True):
        owners[person] = owner if owner != NOWHERE else owners[person]
    return owners


def is_free(package: Package, owner: int, days: Days) -> bool:
    """Say whether the owner has the time on each of the days."""
    return all(days.free_minutes.get((owner, day), 0) >= package.minutes for day in package.days)


def alone(
    scope: Scope, packages: Sequence[Package], worths: Sequence[Worth], owners: Integers, days: Days
) -> Iterator[tuple[Package, Worth, Flags]]:
    """Yield what may be done with one person, and to whom it is worth offering."""
    numbers = [number for number, package in enumerate(packages) if not package.is_group]
    everyone = set(owners.tolist()) - {NOWHERE}
    for number in numbers:
        package, worth = packages[number], worths[number]
        free = [owner for owner in everyone if is_free(package, owner, days)]
        wanted = np.isin(owners, free) & worth.brings
        for other in numbers:
            if other != number and is_within(packages[other], package):
                wanted &= ~outdone(scope, worth, worths[other], is_earlier=other < number)
        yield package, worth, np.asarray(wanted, dtype=np.bool_)


def is_within(cheap: Package, dear: Package) -> bool:
    """Say whether one package takes no time that the other does not take."""
    return cheap.minutes <= dear.minutes and {*cheap.days} <= {*dear.days}


def outdone(scope: Scope, worth: Worth, other: Worth, *, is_earlier: bool) -> Flags:
    """Say for whom the other package brings at least as much of everything; of two alike the earlier one stays."""
    lacks = np.bincount(scope.person, (worth.newly & ~other.newly).any(axis=(1, 2)), worth.value.size) > 0
    more = other.value >= worth.value if is_earlier else other.value > worth.value
    return np.asarray(more & ~lacks, dtype=np.bool_)


def singles(foresight: Foresight, owners: Integers, package: Package, worth: Worth, wanted: Flags) -> Iterator[Offer]:
    """Yield the package as an offer to each of those to whom it is worth offering."""
    covers = foresight.covers(worth)
    days, values = worth.days.tolist(), worth.value.tolist()
    for person in np.flatnonzero(wanted).tolist():
        yield Offer(package, int(owners[person]), (person,), days[person], values[person], covers.get(person, ()))


def gathered(package: Package, worth: Worth, foresight: Foresight, owners: Integers, days: Days) -> Iterator[Offer]:
    """Yield a meeting per owner and cell with those to whom it brings most."""
    size, covered, brings = package.touch.breadth, foresight.covers(worth), worth.brings
    for members in companies(foresight.scope, owners):
        owner = int(owners[members[0]])
        able = [person for person in members if brings[person]]
        if len(able) < size or not is_free(package, owner, days):
            continue
        people = tuple(sorted(sorted(able, key=lambda its: (-worth.value[its], its))[:size]))
        covers = sorted({cover for person in people for cover in covered.get(person, ())})
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
