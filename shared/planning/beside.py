"""Names who is not on the plan and why, and who would be met with one more hour. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.planning.left_out import Missed, Spent, missed, one_more_hour
from shared.planning.matter import Matter
from shared.planning.offers import Offer
from shared.planning.offers import owner_of as owner_of_people
from shared.planning.rows import is_meant
from shared.planning.scope import NOWHERE
from shared.planning.worth import HARDLY

LEFT_OUT_MAX = 10
"""So many are named for each reason."""

Named = dict[str, Any]


class LeftOut(NamedTuple):
    """Who is not on the plan: some by name, and how many more."""

    named: list[Named]
    more: int


def left_out(matter: Matter, could: Sequence[Offer], its: Spent) -> LeftOut:
    """Name who is not met, with the true reason: first those to whom something would be gained."""
    ranked = missed(could, its)
    gained = [_missed(matter, one) for one in ranked if one.adds >= HARDLY]
    idle = [_missed(matter, one) for one in ranked if one.adds < HARDLY]
    unoffered = _unoffered(matter, {one.person for one in ranked} | its.met)
    by_reason = gained, _booked(matter), idle + unoffered
    named = [one for some in by_reason for one in some[:LEFT_OUT_MAX]]
    return LeftOut(named, sum(map(len, by_reason)) - len(named))


def one_hour_more(matter: Matter, could: Sequence[Offer], its: Spent) -> Named:
    """Return the best use of one hour more beside the plan, in the coin of the lines."""
    beside, more = one_more_hour(could, its)
    taken = more.taken if more.value >= HARDLY else ()
    new = sorted({person for number in taken for person in beside[number].people})
    return {"worth": round(more.value, 1), "people": [matter.first_row(person)["name"] for person in new]}


def _missed(matter: Matter, one: Missed) -> Named:
    told = _named(matter, one.person, one.reason)
    if one.adds < HARDLY:
        return told
    return told | {
        "kind": one.offer.package.touch.kind.value,
        "minutes": one.offer.minutes,
        "days": round(one.offer.days, 1),
        "worth": round(one.adds, 1),
    }


def _unoffered(matter: Matter, known: set[int]) -> list[Named]:
    """Name those to whom nothing could be offered: their owner is never free, or no touch would change anything."""
    free = {owner for owner, _ in matter.days.free_minutes}
    return [
        _named(matter, person, "adds nothing" if owner in free else "no free working hour")
        for person, owner in enumerate(owner_of_people(matter.scope).tolist())
        if owner != NOWHERE and person not in known
    ]


def _named(matter: Matter, person: int, reason: str) -> Named:
    row = matter.first_row(person)
    return {"stakeholder": row["stakeholder"], "name": row["name"], "reason": reason}


def _booked(matter: Matter) -> list[Named]:
    found = {
        row["stakeholder"]: {
            "stakeholder": row["stakeholder"],
            "name": row["name"],
            "reason": "booked",
            "at": datetime.fromtimestamp(row["booked_at"], UTC),
        }
        for row in matter.rows
        if matter.is_booked(row) and is_meant(row, matter.ask)
    }
    return list(found.values())
