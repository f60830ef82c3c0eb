"""The worlds that plans are tried in: people who fade, and what happens to them anyway, drawn or replayed."""

import csv
import gzip
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.model import Model, default_model
from shared.alignment.reading import DAY_SECONDS, States
from shared.alignment.risk import TouchDays
from shared.planning.scope import Integers
from shared.vocabulary import Direction, Kind

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
MODEL = default_model()
START = 1_795_000_000.0
PEOPLE = 40
WARM_UP_DAYS = 84
"""Of a replay: four half-lives of contact, after which what was before hardly matters."""
FEW_SEEDS = 48
SEEDS = {"mixed, some mail": 192, "mixed, decay misjudged": 192, "cold, little mail": 24}
"""Of drawn worlds: fixed before they were lived, by what an earlier run of fewer seeds said worlds differ by."""
TIES_MIN = 20
"""Of a real history everybody is replayed who is in touch with so many, and is on record for long enough."""
MAIL_IN, MAIL_OUT = Touch(Kind.EMAIL, Direction.INBOUND), Touch(Kind.EMAIL, Direction.OUTBOUND)
CALLS = {"in": Touch(Kind.CALL, Direction.INBOUND), "out": Touch(Kind.CALL, Direction.OUTBOUND)}

Random = np.random.Generator
Events = dict[int, list[tuple[Touch, list[int]]]]
"""What happens anyway: by day, each touch with those it reaches."""
Ties = dict[str, list[tuple[int, str]]]
"""One person's contacts: by tie, the days and directions."""


class World(NamedTuple):
    """One population with its weeks to come, the same for every policy."""

    states: States
    groups: Integers
    events: Events
    truth: Model
    """by which they really fade; policies believe MODEL"""
    days: TouchDays
    """on which days there was contact before"""
    stratum: float | None = None
    """where the world stands among all (0 to 1), where that is spread evenly over the seeds and not drawn"""


class Population(NamedTuple):
    """Draws a world of so many days by its number, and how many worlds there are to live."""

    draw: Callable[[int, int], World]
    seeds: int


def drawn(count: int, warmth: float, random: Random) -> States:
    """Draw people who are more or less warm, some of whom nobody has met."""
    warm = random.gamma(1.5, warmth, count) * (random.random(count) > 0.1)
    contact = 2 * warm * random.uniform(0.5, 1.5, count)
    dialogue = contact * random.uniform(0.2, 1.2, count)
    zero = np.zeros(count)
    known = np.where(warm > 0, 5.0, 0.0)
    accord = random.uniform(0, 0.6, count)
    return States(np.full(count, START), contact, dialogue, 0.5 * warm, accord, zero, known, known)


def happening(count: int, days: int, most: float, random: Random) -> Events:
    """Draw mails: everybody has a rate of their own, up to `most` a day and mostly far less."""
    rates = most * random.random(count) ** 4
    events: Events = {}
    for day in range(days):
        for touch in (MAIL_IN, MAIL_OUT):
            reached = np.flatnonzero(random.random(count) < rates).tolist()
            events.setdefault(day, []).append((touch, reached))
    return events


def synthetic(warmth: float, mails: float, spread: float = 0.0) -> Callable[[int, int], World]:
    """Return what draws a world; `spread` is how far the true half-lives lie off the believed ones.

    How far they do decides most of what happens in a world, so that it is spread evenly over the seeds, by their
    binary digits mirrored (van der Corput 1935), and not drawn by lot.
    """

    def world(seed: int, days: int) -> World:
        random, stratum = np.random.default_rng(seed), mirrored(seed + 1)
        factor = math.exp(spread * NormalDist().inv_cdf(stratum))
        half_lives = {name: days * factor for name, days in MODEL.half_life_days.model_dump().items()}
        truth = MODEL.model_copy(update={"half_life_days": MODEL.half_life_days.model_copy(update=half_lives)})
        states, events = drawn(PEOPLE, warmth, random), happening(PEOPLE, days, mails, random)
        groups = random.integers(0, 5, PEOPLE)
        weekly = met_weekly(np.flatnonzero(states.touch_days > 0))
        return World(states, groups, events, truth if spread else MODEL, weekly, stratum if spread else None)

    return world


def mirrored(number: int) -> float:
    """Return the number's binary digits behind the point, the last one first: 1/2, 1/4, 3/4, 1/8, ..."""
    digits = f"{number:b}"[::-1]
    return float(int(digits, 2) / 2 ** len(digits))


def met_weekly(rows: Integers, count: int = PEOPLE) -> TouchDays:
    """Return the touch days of people of whom some were met once a week for five weeks."""
    days = TouchDays.none(count)
    for week in range(5, 0, -1):
        days.touch(rows, int(START // DAY_SECONDS) - 7 * week, MODEL.horizon.days, MODEL.horizon.paces)
    return days


def replayed(name: str, kinds: dict[str, Touch], days: int) -> Population:
    """Return the people of a real history, one after the other, each with weeks of their own drawn by lot.

    Nobody comes twice, so that worlds are as independent as people are.
    """
    ties = history(DATA / f"{name}.csv.gz")
    spans = {ego: span(busiest(theirs)) for ego, theirs in ties.items()}
    egos = [
        ego
        for ego in sorted(ties, key=lambda ego: (-len(ties[ego]), ego))
        if len(ties[ego]) >= TIES_MIN and spans[ego][1] - spans[ego][0] >= WARM_UP_DAYS + days
    ]

    def world(seed: int, days: int) -> World:
        random, mine, (first, last) = np.random.default_rng(seed), busiest(ties[egos[seed]]), spans[egos[seed]]
        begin = first + WARM_UP_DAYS + int(random.integers(0, max(1, last - days - first - WARM_UP_DAYS)))
        return replay(mine, kinds, begin, days, random)

    return Population(world, len(egos))


def busiest(theirs: Ties) -> list[list[tuple[int, str]]]:
    """Return the contacts of those with whom there were most."""
    return [theirs[its] for its in sorted(theirs, key=lambda its: (-len(theirs[its]), its))[:PEOPLE]]


def span(theirs: list[list[tuple[int, str]]]) -> tuple[int, int]:
    """Return the first and the last day."""
    days = [day for its in theirs for day, _ in its]
    return min(days), max(days)


def replay(mine: list[list[tuple[int, str]]], kinds: dict[str, Touch], begin: int, days: int, random: Random) -> World:
    """Return the weeks from a day on, with the states that the time before it left."""
    before: Events = defaultdict(list)
    events: Events = defaultdict(list)
    for number, its in enumerate(mine):
        for day, direction in sorted(set(its)):
            if begin - WARM_UP_DAYS <= day < begin + days:
                where = events if day >= begin else before
                where[day - begin].append((kinds[direction], [number]))
    zero = np.zeros(len(mine))
    states = States(np.full(len(mine), START - WARM_UP_DAYS * DAY_SECONDS), *(zero.copy() for _ in range(7)))
    touched = TouchDays.none(len(mine))
    for day in range(-WARM_UP_DAYS, 0):
        noon = START + (day + 0.5) * DAY_SECONDS
        states = folded(states, before.get(day, ()), noon, MODEL)
        noted(touched, before.get(day, ()), noon)
    return World(states, random.integers(0, 5, len(mine)), events, MODEL, touched)


def history(path: Path) -> dict[str, Ties]:
    """Return, by ego and tie, the days of contact and their direction; mail to ten or more is no contact."""
    found: dict[str, dict[str, list[tuple[int, str]]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["kind"] != "email_broadcast" and row["direction"] in {"in", "out"}:
                day = datetime.fromisoformat(row["occurred_at"]).timestamp() // DAY_SECONDS
                found[row["ego"]][row["stakeholder"]].append((int(day), row["direction"]))
    return found


def folded(states: States, touches: Sequence[tuple[Touch, list[int]]], moment: float, model: Model) -> States:
    """Return the states after the touches of one moment."""
    columns = States(*(column.copy() for column in states))
    together: dict[Touch, list[int]] = defaultdict(list)
    for touch, people in touches:
        together[touch] += people
    for touch, people in together.items():
        if people:
            after = with_touch(columns.of(np.array(people)), touch, moment, model)
            for column, changed in zip(columns, after, strict=True):
                column[people] = changed
    return columns


def noted(days: TouchDays, touches: Sequence[tuple[Touch, list[int]]], moment: float) -> None:
    """Note the touch day of everybody whom a touch reaches."""
    reached = np.unique(np.array([person for _, people in touches for person in people], dtype=np.int64))
    if reached.size:
        days.touch(reached, int(moment // DAY_SECONDS), MODEL.horizon.days, MODEL.horizon.paces)


def populations(days: int) -> dict[str, Population]:
    """Return all of them by name."""
    drawn_by = {
        "warm, little mail": synthetic(1.2, 0.1),
        "mixed, some mail": synthetic(0.6, 0.5),
        "cold, little mail": synthetic(0.2, 0.1),
        "mixed, decay misjudged": synthetic(0.6, 0.3, spread=0.4),
    }
    found = {name: Population(draw, SEEDS.get(name, FEW_SEEDS)) for name, draw in drawn_by.items()}
    mails = {"in": MAIL_IN, "out": MAIL_OUT}
    for name, kinds in (("manufacturing_email", mails), ("enron_email", mails), ("reality_phone", CALLS)):
        if (DATA / f"{name}.csv.gz").exists():
            found[f"replayed {name}"] = replayed(name, kinds, days)
    return found
