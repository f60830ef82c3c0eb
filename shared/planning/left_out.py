"""Whom a choice leaves out and why, and what one more hour would buy beside it. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shared.planning.choose import Choice, choose
from shared.planning.offers import Offer, added
from shared.planning.scope import Days
from shared.planning.worth import HARDLY, Cover

HOUR_MINUTES = 60


class Spent(NamedTuple):
    """What is taken, and what is left of the hours and of each day."""

    taken: Sequence[Offer]
    minutes_left: float
    free: Days

    @property
    def met(self) -> set[int]:
        """Return who is met."""
        return {person for offer in self.taken for person in offer.people}

    @property
    def covered(self) -> set[Cover]:
        """Return what is covered."""
        return {cover for offer in self.taken for cover in offer.covers}


class Missed(NamedTuple):
    """Somebody who is not met, the offer that would bring most for its time, and what that would add."""

    person: int
    offer: Offer
    adds: float
    reason: str


def spent(taken: Sequence[Offer], minutes: float, days: Days) -> Spent:
    """Return what is left when these are taken."""
    free = dict(days.free_minutes)
    for offer in taken:
        for day in offer.package.days:
            free[offer.owner, day] -= offer.package.minutes
    return Spent(taken, minutes - sum(offer.minutes for offer in taken), Days(days.at, free))


def missed(could: Iterable[Offer], its: Spent) -> list[Missed]:
    """Return everybody who was offered a touch of their own and is not met, who would add most for the time first."""
    met, covered = its.met, its.covered
    best: dict[int, Missed] = {}
    least: dict[int, int] = {}
    for offer in could:
        [person, *others] = offer.people
        if others or person in met:
            continue
        adds = added(offer, covered)
        if adds >= HARDLY:
            least[person] = min(offer.minutes, least.get(person, offer.minutes))
        known = best.get(person)
        # What adds hardly anything is told of only where nothing adds more.
        rank = (adds >= HARDLY, adds / offer.minutes)
        if known is None or rank > (known.adds >= HARDLY, known.adds / known.offer.minutes):
            best[person] = Missed(person, offer, adds, "")
    found = [one._replace(reason=_reason(least.get(person), its.minutes_left)) for person, one in best.items()]
    return sorted(found, key=lambda one: (-one.adds / one.offer.minutes, one.person))


def _reason(least: int | None, left: float) -> str:
    if least is None:
        return "adds nothing"
    return "no hours left" if least > left else "days are full"


def one_more_hour(could: Iterable[Offer], its: Spent) -> tuple[list[Offer], Choice]:
    """Return the offers to those who are not met, and the best use of what is left and one hour more."""
    minutes, met, covered = its.minutes_left + HOUR_MINUTES, its.met, its.covered
    beside = [
        offer._replace(covers=tuple(cover for cover in offer.covers if cover not in covered))
        for offer in could
        if offer.minutes <= minutes and not met & {*offer.people} and _is_free(offer, its.free)
    ]
    return beside, choose(beside, minutes, its.free)


def _is_free(offer: Offer, free: Days) -> bool:
    return all(free.free_minutes.get((offer.owner, day), 0) >= offer.package.minutes for day in offer.package.days)


def shares(taken: Sequence[Offer]) -> list[float]:
    """Return what each offer is worth in the choice: what several cover is divided among them, so that all add up."""
    count: dict[Cover, int] = {}
    for offer in taken:
        for cover in offer.covers:
            count[cover] = count.get(cover, 0) + 1
    return [offer.value + sum(cover.worth / count[cover] for cover in offer.covers) for offer in taken]
