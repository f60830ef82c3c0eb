"""Plans against simple rules with the same hours: who keeps more people above the line, and how fast a plan is made.

    python -m benchmarks.plan [--seeds N] [--weeks 16] [--population NAME] [--speed]

Every Monday each policy spends the same hours; between touches people fade as the model says, and what happens to
them anyway (drawn, or replayed from ../shared/data) happens under every policy alike. Counted are stakeholder-days
under the line, as a share of all. The simple rules choose among three touches (a call of 15, a meeting of 30 or of 60
minutes) and are shown with the one that serves them best on the same seeds. Each seed of a replay is another person of
the data, and nobody comes twice. Intervals are Student's, 95 %, over seeds (where worlds are spread evenly, by the
differences between neighbours); a policy is `apart` where its interval and the plan's do not overlap, which asks more
than p < 0.05. `saved` is the paired difference to the plan. Some worlds are kinder than others, to every policy alike:
`in the same worlds` stand the intervals without what the two have in common (within-subject intervals: Loftus and
Masson 1994).
Writes benchmarks/out/plan.json and docs/plan.svg; with `--population` only those are lived anew, and the others stay
as they were. `--speed` measures how long whole proposals for 200 and for 2000 relationships take instead.
"""

import argparse
import csv
import gzip
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import t as student_t  # type: ignore[import-untyped]  # SciPy ships no types

from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.model import Model, default_model
from shared.alignment.reading import DAY_SECONDS, Floats, States
from shared.alignment.risk import TouchDays
from shared.planning.ask import Ask
from shared.planning.choose import choose
from shared.planning.offers import Offer, offers
from shared.planning.propose import propose
from shared.planning.scope import Days, Integers, Scope
from shared.planning.silence import Silence
from shared.planning.touches import packages
from shared.planning.worth import Foresight, Sight, scored, sight
from shared.plumbing.owners_hours import OwnersHours
from shared.vocabulary import Direction, Kind

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "benchmarks" / "out" / "plan.json"
PLOT = ROOT / "docs" / "plan.svg"
MODEL = default_model()
LINE = MODEL.lines.fading
START = 1_795_000_000.0
WORKDAYS = (0, 2, 4)
"""Touches lie on three days of each week."""
DAY_MINUTES = 240
PEOPLE, HOURS = 40, 2.0
WARM_UP_DAYS = 84
"""Of a replay: four half-lives of contact, after which what was before hardly matters."""
FEW_SEEDS = 48
SEEDS = {"mixed, some mail": 192, "mixed, decay misjudged": 192, "cold, little mail": 24}
"""Of drawn worlds: fixed before they were lived, by what an earlier run of fewer seeds said worlds differ by."""
TIES_MIN = 20
"""Of a real history everybody is replayed who is in touch with so many, and is on record for long enough."""
SPEED = ((200, 6, 1), (200, 40, 1), (2000, 6, 1), (2000, 40, 1), (2000, 40, 20), (2000, 100, 20))
"""Relationships, hours and owners of the plans whose time is taken."""
MAIL_IN, MAIL_OUT = Touch(Kind.EMAIL, Direction.INBOUND), Touch(Kind.EMAIL, Direction.OUTBOUND)
CALLS = {"in": Touch(Kind.CALL, Direction.INBOUND), "out": Touch(Kind.CALL, Direction.OUTBOUND)}
RIVALS = (Touch(Kind.CALL, minutes=15), Touch(Kind.MEETING, minutes=30), Touch(Kind.MEETING, minutes=60))

Random = np.random.Generator
Events = dict[int, list[tuple[Touch, list[int]]]]
"""What happens anyway: by day, each touch with those it reaches."""
Doing = list[tuple[int, Touch, tuple[int, ...]]]
"""What a policy does in a week: on which weekday, which touch, with whom."""


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


class Known(NamedTuple):
    """What policies know of everybody."""

    states: States
    """as believed"""
    last: Floats
    """when there was contact last, since the first week"""
    days: TouchDays


Policy = Callable[[Known, World, float, Random], Doing]
Ties = dict[str, list[tuple[int, str]]]
"""One person's contacts: by tie, the days and directions."""


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

    def policy(known: Known, world: World, monday: float, random: Random) -> Doing:  # noqa: ARG001 -- policies are called alike
        count = min(known.last.size, int(HOURS * 60 // (touch.minutes or 60)))
        first = np.argsort(order(known, monday, random), kind="stable")[:count]
        share = -(-count // len(WORKDAYS))
        return [(WORKDAYS[place // share], touch, (int(person),)) for place, person in enumerate(first)]

    return policy


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
    turn = [0]

    def policy(known: Known, world: World, monday: float, random: Random) -> Doing:
        count = known.last.size

        def order(*_: object) -> Floats:
            return ((np.arange(count) - turn[0]) % count).astype(np.float64)

        found = ranked(order, touch)(known, world, monday, random)
        turn[0] += len(found)
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


def interval(values: Floats, strata: Floats | None) -> tuple[float, float]:
    """Return Student's 95 % interval of the mean."""
    half = half_interval(values, strata)
    return float(values.mean()) - half, float(values.mean()) + half


def half_interval(values: Floats, strata: Floats | None) -> float:
    """Return half of Student's 95 % interval of the mean.

    Worlds that are spread evenly differ from each other by more than a mean over them does: what it errs by is told by
    the differences between neighbours (Wolter 2007, section 8.2, estimator v2).
    """
    count = values.size
    if strata is None:
        variance = float(values.var(ddof=1)) / count
    else:
        steps = np.diff(values[np.argsort(strata)])
        variance = float((steps**2).sum()) / (2 * count * (count - 1))
    return float(student_t.ppf(0.975, count - 1)) * math.sqrt(variance)


class Outcome(NamedTuple):
    """What one policy left under the line: shares of all stakeholder-days."""

    under: float
    interval: tuple[float, float]
    saved: float
    """by the plan, beside this policy, on the same seeds"""
    saved_interval: tuple[float, float]
    beside: float
    """half of the 95 % interval of this policy, and of the plan's beside it, in the worlds they share"""
    is_apart_alone: bool
    """whether the plan's own interval lies below this policy's"""
    seeds: list[float]

    @property
    def is_apart(self) -> bool:
        """Tell whether the plan's interval in these worlds lies below this one's."""
        return self.saved > 2 * self.beside


def judged(population: Population, seeds: int, weeks: int) -> dict[str, Outcome]:
    """Return for each policy its share under the line, and how much the plan saves."""
    worlds = [population.draw(seed, 7 * weeks) for seed in range(min(seeds, population.seeds))]
    shares: dict[str, Floats] = {}
    for name, variants in policies():
        tried = [np.array([lived(world, its, weeks, seed) for seed, world in enumerate(worlds)]) for its in variants]
        shares[name] = min(tried, key=lambda its: float(its.mean()))
    strata = None if worlds[0].stratum is None else np.array([world.stratum for world in worlds], dtype=np.float64)
    return {name: outcome(its, shares["plan"], strata) for name, its in shares.items()}


def outcome(shares: Floats, plan: Floats, strata: Floats | None) -> Outcome:
    """Sum up what one policy left under the line, seed by seed, beside the plan."""
    saved, own = shares - plan, interval(shares, strata)
    return Outcome(
        float(shares.mean()),
        own,
        float(saved.mean()),
        interval(saved, strata),
        half_interval(saved, strata) / math.sqrt(2),
        interval(plan, strata)[1] < own[0],
        shares.tolist(),
    )


def show(name: str, outcomes: dict[str, Outcome]) -> None:
    """Print one population's table."""
    title = f"{name}, {len(outcomes['plan'].seeds)} seeds"
    columns = ("policy", "under the line", "95 %", "apart", "saved by the plan", "95 %", "in the same worlds", "apart")
    table = Table(*columns, title=title)
    plan = outcomes["plan"]
    for policy, its in outcomes.items():
        low, high = its.interval
        less, more = (f"{100 * bound:.1f}" for bound in its.saved_interval)
        beside = f"{its.under:.1%} and {plan.under:.1%} ± {100 * its.beside:.1f}"
        apart, within = ("yes" if one else "no" for one in (its.is_apart_alone, its.is_apart))
        facts = (f"{its.under:.1%}", f"{low:.1%} to {high:.1%}")
        if its is plan:
            table.add_row(policy, *facts)
        else:
            table.add_row(policy, *facts, apart, f"{100 * its.saved:.1f}", f"{less} to {more}", beside, within)
    Console(width=150).print(table)


def plot(figures: dict[str, dict[str, Outcome]]) -> str:
    """Draw what each policy leaves under the line beyond the plan, in points, with intervals."""
    names = [name for name, _ in policies() if not name.startswith(("plan", "nobody"))]
    rows = [(population, name, its[name]) for population, its in figures.items() for name in names]
    high = max(its.saved_interval[1] for _, _, its in rows)
    low = min(0.0, *(its.saved_interval[0] for _, _, its in rows))
    body, y, seen = list[str](), 30, ""

    def x(value: float) -> float:
        return 330 + 380 * (value - low) / (high - low)

    for population, name, its in rows:
        if population != seen:
            y += 22
            body.append(f'<text x="8" y="{y + 4}" font-weight="bold">{escape(population)}</text>')
            seen = population
        less, more = its.saved_interval
        body.append(f'<text x="200" y="{y + 4}">{escape(name)}</text>')
        body.append(f'<path stroke="currentColor" stroke-width="2" d="M{x(less):.1f} {y}H{x(more):.1f}"/>')
        body.append(f'<circle cx="{x(its.saved):.1f}" cy="{y}" r="4" fill="currentColor"/>')
        y += 18
    zero = f'<path stroke="currentColor" stroke-dasharray="2 4" d="M{x(0):.1f} 20V{y}"/>'
    title = "Share of stakeholder-days under the line that each rule loses beside the plan, same hours"
    box = f'viewBox="0 0 730 {y + 30}" font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    scale = "".join(
        f'<text x="{x(value):.1f}" y="{y + 16}" text-anchor="middle">{100 * value:.0f} pts</text>'
        for value in np.linspace(0, high, 4)
    )
    return f'{head}<title>{title}</title><text x="8" y="16">{title}</text>{zero}{"".join(body)}{scale}</svg>\n'


def measure(count: int, hours: float, owners: int) -> None:
    """Print how long one proposal takes from rows to lines, reasons, who is left out and what one more hour would buy.

    What a command adds to it, starting and fetching the rows, takes about a second more (docs/science.md).
    """
    rows, now = rows_of(count, owners), datetime.fromtimestamp(START, UTC)
    hours_of = OwnersHours().of
    ask = Ask(hours, timedelta(days=14), None, "change")
    begun, begun_cpu = time.perf_counter(), time.process_time()
    found = propose(rows, ask, now, MODEL, hours_of, {})
    ended, ended_cpu = time.perf_counter(), time.process_time()
    print(
        f"{count} relationships, {hours:g} hours, {owners} owners: {ended - begun:.2f} s "
        f"({ended_cpu - begun_cpu:.2f} s of processor), {found.weighed} offers, {found.choice.solver}, "
        f"gap {found.choice.gap:.1e}, worth {found.worth:g}"
    )


def rows_of(count: int, owners: int) -> list[dict[str, Any]]:
    """Return relationships as Postgres gives them."""
    random = np.random.default_rng(0)
    states, weekly = drawn(count, 0.6, random), met_weekly(np.arange(count), count)
    days = {"first_touch_at": weekly.first_day * DAY_SECONDS, "last_touch_at": weekly.last_day * DAY_SECONDS}
    paces = {"pace_fast": weekly.pace_fast, "pace": weekly.pace, "pace_slow": weekly.pace_slow}
    columns = {**states._asdict(), **days, **paces, "longest_gap": weekly.longest_gap}
    return [
        {
            "relationship_id": number,
            "person_id": number,
            "initiative": "change",
            "stakeholder": f"p{number}",
            "name": f"P{number}",
            "function": f"function {random.integers(0, 10)}",
            "level": f"level {random.integers(0, 4)}",
            "role": None,
            "owner": f"owner {random.integers(0, owners)}",
            "importance": float(random.choice([1, 2, 5])),
            "overrides": {},
            "booked_at": None,
            **{name: float(column[number]) for name, column in columns.items()},
        }
        for number in range(count)
    ]


def main() -> None:
    """Simulate, print the tables, and leave figures and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, help="so many worlds of each population at most")
    parser.add_argument("--weeks", type=int, default=16)
    parser.add_argument("--population", metavar="NAME", help="only those whose names begin so")
    parser.add_argument("--speed", action="store_true")
    wanted = parser.parse_args()
    if wanted.speed:
        for count, hours, owners in SPEED:
            measure(count, hours, owners)
        return
    figures = kept() if wanted.population else {}
    for name, population in populations(7 * wanted.weeks).items():
        if name.startswith(wanted.population or ""):
            figures[name] = judged(population, wanted.seeds or population.seeds, wanted.weeks)
            show(name, figures[name])
            keep(figures)


def kept() -> dict[str, dict[str, Outcome]]:
    """Return what earlier runs have found."""
    found = json.loads(OUT.read_text()) if OUT.exists() else {}
    return {at: {who: Outcome(**its) for who, its in policies.items()} for at, policies in found.items()}


def keep(figures: dict[str, dict[str, Outcome]]) -> None:
    """Leave figures and plot."""
    OUT.parent.mkdir(exist_ok=True)
    documents = {at: {who: its._asdict() for who, its in found.items()} for at, found in figures.items()}
    OUT.write_text(json.dumps(documents, indent=1))
    PLOT.write_text(plot(figures))


if __name__ == "__main__":
    main()
