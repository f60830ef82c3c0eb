"""Tells each touch of a choice: when it lies, until when it is useful, what it buys and why. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from shared.alignment.reading import Floats
from shared.planning.calendar import seated
from shared.planning.effects import effects
from shared.planning.left_out import shares
from shared.planning.matter import Matter
from shared.planning.offers import Offer
from shared.planning.plan import Line
from shared.planning.touches import Package
from shared.planning.wording import Change, why
from shared.planning.worth import Cover, cover_value

STILL_USEFUL = 0.9
"""A touch on its latest useful day brings at least this share of what it brings on its own day."""


def lines(matter: Matter, taken: Sequence[Offer]) -> list[Line]:
    """Seat the touches of each day, soonest first."""
    begins, useful = _begins(matter, taken), _latest(matter, taken)
    told = [
        _line(matter, offer, changes, worth / len(offer.package.days), step, begins[number, step], useful[number])
        for number, (offer, changes, worth) in enumerate(zip(taken, effects(matter, taken), shares(taken), strict=True))
        for step in range(len(offer.package.days))
    ]
    told.sort(key=lambda line: (line.at, line.stakeholders))
    worths = adding_up([line.worth for line in told])
    return [
        line._replace(line=number, worth=its) for number, (line, its) in enumerate(zip(told, worths, strict=True), 1)
    ]


def adding_up(values: Sequence[float]) -> list[float]:
    """Return the values in tenths that add up to their sum in tenths, those cut shortest lifted (largest remainders).

    Each rounded by itself, what many lines come to could be told as less with more hours, though it is more.
    """
    tenths = [10 * value for value in values]
    whole = [math.floor(its) for its in tenths]
    lifted = sorted(range(len(values)), key=lambda number: (whole[number] - tenths[number], number))
    for number in lifted[: round(math.fsum(tenths)) - sum(whole)]:
        whole[number] += 1
    return [its / 10 for its in whole]


def _begins(matter: Matter, taken: Sequence[Offer]) -> dict[tuple[int, int], datetime]:
    slots: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for number, offer in enumerate(taken):
        for step, day in enumerate(offer.package.days):
            slots[offer.owner, day].append((number, step))
    found: dict[tuple[int, int], datetime] = {}
    for slot, touches in slots.items():
        minutes = [taken[number].package.minutes for number, _ in touches]
        found |= zip(touches, seated(minutes, matter.window.free[slot]), strict=True)
    return found


def _latest(matter: Matter, taken: Sequence[Offer]) -> list[int]:
    """Return the latest useful day of each offer; of two touches each has its day."""
    members = {person for offer in taken for person in offer.people}
    alone = matter.foresight.of(np.flatnonzero(np.isin(matter.scope.person, list(members))))
    known: dict[Package, tuple[Floats, dict[int, tuple[Cover, ...]]]] = {}
    found = list[int]()
    for offer in taken:
        first, latest = offer.package.days[0], offer.package.days[-1]
        for day in range(first + 1, len(matter.window.dates)) if len(offer.package.days) == 1 else ():
            package = offer.package._replace(days=(day,))
            if package not in known:
                worth = alone.worth(package, matter.days)
                known[package] = worth.value, alone.covers(worth)
            if _together(*known[package], offer.people) < STILL_USEFUL * offer.most:
                break
            latest = day
        found.append(latest)
    return found


def _together(values: Floats, covers: Mapping[int, Sequence[Cover]], people: Sequence[int]) -> float:
    """Return what a touch is worth with these, by what it is worth to each and what each would cover."""
    covered = {cover for person in people for cover in covers.get(person, ())}
    return float(values[list(people)].sum()) + cover_value(sorted(covered))


def _line(
    matter: Matter, offer: Offer, changes: Sequence[Change], worth: float, step: int, at: datetime, latest: int
) -> Line:
    members = [matter.rows[number] for person in offer.people for number in matter.rows_of[person]]
    day = offer.package.days[step]
    return Line(
        0,
        matter.owners[offer.owner],
        offer.package.touch.kind.value,
        offer.package.minutes,
        at,
        matter.window.dates[latest if len(offer.package.days) == 1 else day],
        list(dict.fromkeys(row["name"] for row in members)),
        list(dict.fromkeys(row["stakeholder"] for row in members)),
        sorted({row["initiative"] for row in members}),
        [row["relationship_id"] for row in members],
        round(offer.days / len(offer.package.days), 1),
        worth,
        sorted({matter.cells[cover.cell][2] for cover in offer.covers}),
        changes[0].before,
        changes[0].after,
        why(changes, *_covers(matter, offer), len(offer.package.days), matter.now),
    )


def _covers(matter: Matter, offer: Offer) -> tuple[list[str], list[str]]:
    """Return what it keeps covered, and what it covers that nobody covers now."""
    cells = {cover.cell for cover in offer.covers}
    won = {cell for cell in cells if matter.foresight.open_cells[cell, 0]}
    kept, anew = (sorted({matter.cells[cell][2] for cell in its}) for its in (cells - won, won))
    return kept, anew
