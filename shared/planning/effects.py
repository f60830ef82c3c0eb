"""What touches do to those they are with: when each drifts and how likely they fall silent, without and with. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from shared.alignment.counterfactual import with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.reading import Floats, States, is_known, read
from shared.planning.matter import Matter
from shared.planning.offers import Offer
from shared.planning.touches import Package
from shared.planning.wording import Change

Rows = NDArray[np.intp]


def effects(matter: Matter, taken: Sequence[Offer]) -> list[list[Change]]:
    """Return, by offer and person, drift and risk of their first relationship, without and with the touches."""
    alike: dict[Package, list[int]] = defaultdict(list)
    for number, offer in enumerate(taken):
        alike[offer.package].append(number)
    if not alike:
        return []
    # All of one package at once, and then all at once: each step takes as long for one as for many.
    people = [[person for number in numbers for person in taken[number].people] for numbers in alike.values()]
    rows = [np.array([matter.rows_of[person][0] for person in its]) for its in people]
    states = [_met(matter, package, its) for package, its in zip(alike, rows, strict=True)]
    begins = [np.full(its.size, matter.days.at[package.days[-1]]) for package, its in zip(alike, rows, strict=True)]
    risks = [
        np.array(matter.foresight.of(its).risks(package.days, matter.days))
        for package, its in zip(alike, rows, strict=True)
    ]
    told = _compared(matter, np.concatenate(rows), joined(states), np.concatenate(begins), np.hstack(risks))
    found = {number: [next(told) for _ in taken[number].people] for numbers in alike.values() for number in numbers}
    return [found[number] for number in range(len(taken))]


def _met(matter: Matter, package: Package, rows: Rows) -> States:
    """Return how these stand with the touches."""
    states = matter.scope.states.of(rows)
    for day in package.days:
        states = with_touch(states, package.touch, float(matter.days.at[day]), matter.model)
    return states


def _compared(matter: Matter, rows: Rows, met: States, begins: Floats, risks: Floats) -> Iterator[Change]:
    lines, now = matter.scope.line[rows], np.full(rows.size, matter.now.timestamp())
    scores = np.nan_to_num(read(met, begins, matter.model).score)
    states = matter.scope.states.of(rows)
    known, before = is_known(states, matter.model), _falls(matter, states, lines, now)
    after = _falls(matter, met, lines, begins)
    for number, row in enumerate(rows.tolist()):
        yield Change(
            str(matter.rows[row]["name"]),
            bool(matter.foresight.scores[row, 0] >= lines[number]),
            bool(scores[number] >= lines[number]),
            moment_of(before[number]),
            moment_of(after[number]),
            float(risks[0, number]),
            float(risks[1, number]),
            bool(known[number]),
        )


def _falls(matter: Matter, states: States, lines: Floats, since: Floats) -> Floats:
    """Return when each falls under its line; all with the same line at once."""
    found = np.full(lines.size, np.nan)
    for line in np.unique(lines):
        same = np.flatnonzero(lines == line)
        found[same] = falls_under(states.of(same), float(line), since[same], matter.model)
    return found


def joined(states: Sequence[States]) -> States:
    """Return all of them one after the other."""
    return States(*(np.concatenate(columns) for columns in zip(*states, strict=True)))


def moment_of(seconds: float) -> datetime | None:
    """Return the moment, None where there is none."""
    return None if np.isnan(seconds) else datetime.fromtimestamp(float(seconds), UTC)
