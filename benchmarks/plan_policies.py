"""The policies that are tried: the plan, simple rules with the same hours, and weeks lived by each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.plan_worlds import MODEL, START, Random, World, folded, noted
from shared.alignment.counterfactual import Touch
from shared.alignment.reading import DAY_SECONDS, Floats, States
from shared.alignment.risk import TouchDays
from shared.planning.choose import choose
from shared.planning.offers import Offer, offers
from shared.planning.scope import Days, Integers, Scope
from shared.planning.silence import Silence
from shared.planning.touches import GROUP_MINUTES, packages
from shared.planning.worth import Foresight, Sight, scored, sight
from shared.vocabulary import Kind

LINE = MODEL.lines.fading
WORKDAYS = (0, 2, 4)
"""Touches lie on three days of each week."""
DAY_MINUTES = 240
HOURS = 2.0
ALONE = (Touch(Kind.CALL, minutes=15), Touch(Kind.MEETING, minutes=30), Touch(Kind.MEETING, minutes=60))
TOGETHER = tuple(Touch(Kind.MEETING, minutes=GROUP_MINUTES, breadth=size) for size in (5, 8))
"""Meetings of two or three, which the plan may hold too, served no rule best in the first worlds of any population."""
RIVALS = ALONE + TOGETHER

Doing = list[tuple[int, Touch, tuple[int, ...]]]
"""What a policy does in a week: on which weekday, which touch, with whom."""


class Known(NamedTuple):
    """What policies know of everybody."""

    states: States
    """as believed"""
    last: Floats
    """when there was contact last, since the first week"""
    days: TouchDays


Policy = Callable[[Known, World, float, Random], Doing]


def planned(groups: bool) -> Policy:
    """Return the plan as a policy, with or without meetings of several."""

    def policy(known: Known, world: World, monday: float, random: Random) -> Doing:  # noqa: ARG001 -- policies are called alike
        count = known.last.size
        scope = Scope(
            known.states,
            np.full(count, np.nan),
            np.ones(count),
            np.full(count, LINE),
            np.arange(count),
            np.zeros(count, dtype=np.int64),
            np.stack([world.groups, np.full(count, -1)], axis=1),
            Silence(known.days),
        )
        days = Days(
            np.array([monday + (day + 0.5) * DAY_SECONDS for day in WORKDAYS]),
            {(0, day): DAY_MINUTES for day in range(len(WORKDAYS))},
        )
        menu = [its for its in packages(len(WORKDAYS), 1, MODEL) if groups or not its.is_group]
        could = offers(Foresight(scope, sight(monday, 7, MODEL)), menu, days)
        return [done(could[number]) for number in choose(could, HOURS * 60, days).taken]

    return policy


def done(offer: Offer) -> tuple[int, Touch, tuple[int, ...]]:
    """Return the offer as something done in the week."""
    return WORKDAYS[offer.package.days[0]], offer.package.touch, offer.people


def ranked(order: Callable[[Known, float, Random], Floats], touch: Touch) -> Policy:
    """Return the policy that meets whoever comes first by the order, lowest first, as far as the hours reach."""

    def policy(known: Known, world: World, monday: float, random: Random) -> Doing:
        waiting = np.argsort(order(known, monday, random), kind="stable").tolist()
        most = int(HOURS * 60 // (touch.minutes or 60))
        met = list(companies(waiting, world.groups, touch.breadth))[:most]
        share = -(-len(met) // len(WORKDAYS))
        return [(WORKDAYS[place // share], replace(touch, breadth=len(its)), its) for place, its in enumerate(met)]

    return policy


def companies(waiting: Sequence[int], groups: Integers, size: int) -> Iterator[tuple[int, ...]]:
    """Yield whoever comes first with those of the same group who come next, so many at most, until nobody waits."""
    left = list(waiting)
    while left:
        company = [its for its in left if groups[its] == groups[left[0]]][:size]
        yield tuple(company)
        left = [its for its in left if its not in company]


def worst_score(known: Known, monday: float, random: Random) -> Floats:  # noqa: ARG001 -- policies are called alike
    """Order by score."""
    return scored(known.states, Sight(np.array([monday]), MODEL))[:, 0]


def overdue(known: Known, monday: float, random: Random) -> Floats:  # noqa: ARG001 -- policies are called alike
    """Order by the last contact of any kind: everybody is due after the same time."""
    return known.last


def chance(known: Known, monday: float, random: Random) -> Floats:  # noqa: ARG001 -- policies are called alike
    """Order by lot."""
    return random.random(known.last.size)


def round_robin(touch: Touch) -> Policy:
    """Return the policy that meets everybody in turn."""
    turns: dict[int, int] = {}

    def policy(known: Known, world: World, monday: float, random: Random) -> Doing:
        def order(*_: object) -> Floats:
            return np.array([turns.get(person, 0) for person in range(known.last.size)], dtype=np.float64)

        found = ranked(order, touch)(known, world, monday, random)
        for _, _, people in found:
            turns.update({person: turns.get(person, 0) + 1 for person in people})
        return found

    return policy


def nothing(known: Known, world: World, monday: float, random: Random) -> Doing:  # noqa: ARG001 -- policies are called alike
    """Do nothing: what the hours are worth at all."""
    return []


def policies() -> Iterator[tuple[str, list[Policy]]]:
    """Yield every policy by name, with its variants of which the best one counts."""
    yield "plan", [planned(groups=True)]
    yield "plan, no group meetings", [planned(groups=False)]
    yield "worst score first", [ranked(worst_score, touch) for touch in RIVALS]
    yield "overdue first", [ranked(overdue, touch) for touch in RIVALS]
    yield "round robin", [round_robin(touch) for touch in RIVALS]
    yield "random", [ranked(chance, touch) for touch in RIVALS]
    yield "nobody met", [nothing]


def lived(world: World, policy: Policy, weeks: int, seed: int) -> float:
    """Return the share of stakeholder-days under the line."""
    random, states = np.random.default_rng(10_000 + seed), world.states
    believed, under = states, 0.0
    count = states.as_of.size
    last, touched = np.full(count, -np.inf), world.days.at(np.arange(count))
    doing: Doing = []
    for day in range(7 * weeks):
        monday = START + day * DAY_SECONDS
        if day % 7 == 0:
            doing = policy(Known(believed, last, touched), world, monday, random)
        noon = monday + 0.5 * DAY_SECONDS
        touches = [*world.events.get(day, ()), *((its, list(people)) for at, its, people in doing if at == day % 7)]
        states = folded(states, touches, noon, world.truth)
        believed = states if world.truth is MODEL else folded(believed, touches, noon, MODEL)
        noted(touched, touches, noon)
        for _, people in touches:
            last[people] = noon
        under += float((scored(states, Sight(np.array([noon]), world.truth)) < LINE).mean())
    return under / (7 * weeks)
