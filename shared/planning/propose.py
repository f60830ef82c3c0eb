"""Puts a plan together: from relationships and free hours to touches with their reasons. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np

from shared.alignment.counterfactual import with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import Model
from shared.alignment.reading import Floats, States, read
from shared.hours import Hours
from shared.planning.calendar import Busy, Window, seated, window
from shared.planning.choose import Choice, choose
from shared.planning.offers import Offer, offers
from shared.planning.scope import NOWHERE, Days, Scope, rebased
from shared.planning.touches import packages
from shared.planning.wording import Change, why
from shared.planning.worth import Foresight, sight

LEFT_OUT_MAX = 10
STILL_USEFUL = 0.9
"""A touch on its latest useful day brings at least this share of what it brings on its own day."""

Row = Mapping[str, Any]


class Ask(NamedTuple):
    """What is asked for."""

    hours: float
    within: timedelta
    owner: str | None = None
    initiative: str | None = None
    touches_max: int = 2


class Line(NamedTuple):
    """One touch: with whom, how, when, and what it buys."""

    line: int
    owner: str
    kind: str
    minutes: int
    at: datetime
    latest_day: date
    people: list[str]
    stakeholders: list[str]
    initiatives: list[str]
    relationships: list[int]
    days: float
    covers: list[str]
    drifts_at: datetime | None
    would_drift_at: datetime | None
    why: str


class Plan(NamedTuple):
    """The whole answer."""

    ask: Ask
    until: datetime
    lines: list[Line]
    choice: Choice
    minutes: int
    left_out: list[dict[str, Any]]
    one_more_hour: dict[str, Any]
    scores: dict[int, float | None]
    """of relationships on the plan, as they stand"""


def propose(
    rows: Sequence[Row],
    ask: Ask,
    now: datetime,
    model: Model,
    hours_of: Callable[[str], Hours],
    busy: Mapping[str, Sequence[Busy]],
) -> Plan:
    """Return the touches that are worth most within the hours asked for."""
    return Planner(rows, ask, now, model, hours_of, busy).plan()


class Planner:
    """One plan in the making."""

    def __init__(
        self,
        rows: Sequence[Row],
        ask: Ask,
        now: datetime,
        model: Model,
        hours_of: Callable[[str], Hours],
        busy: Mapping[str, Sequence[Busy]],
    ) -> None:
        self.rows, self.ask, self.now, self.model = rows, ask, now, model
        self.until = now + ask.within
        self.owners = sorted({owner_of(row) for row in rows if is_meant(row, ask)}, key=str.lower)
        self.window: Window = window(
            [(hours_of(its), busy.get(its.lower(), ())) for its in self.owners], now, self.until
        )
        self.days = days_of(self.window, now)
        self.cells = sorted({cell for row in rows for cell in cells_of(row) if cell})
        self.scope = self._scope()
        self.rows_of = defaultdict[int, list[int]](list)
        for number, person in enumerate(self.scope.person.tolist()):
            self.rows_of[person].append(number)
        self.foresight = Foresight(self.scope, sight(now.timestamp(), ask.within.total_seconds() / 86_400, model))

    def plan(self) -> Plan:
        """Choose, and say what and why."""
        could = offers(self.foresight, packages(len(self.window.dates), self.ask.touches_max, self.model), self.days)
        choice = choose(could, self.ask.hours * 60, self.days)
        taken = [could[number] for number in choice.taken]
        lines = self._lines(taken)
        return Plan(
            self.ask,
            self.until,
            lines,
            choice,
            sum(offer.minutes for offer in taken),
            self._left_out(could, taken),
            self._one_more_hour(could, choice),
            self._scores(lines),
        )

    def _scope(self) -> Scope:
        rows = self.rows
        people = {person: number for number, person in enumerate(sorted({row["person_id"] for row in rows}))}
        booked = {row["person_id"] for row in rows if row["booked_at"] and row["booked_at"] <= self.until.timestamp()}
        numbers = {owner.lower(): number for number, owner in enumerate(self.owners)}
        cell_of = {cell: number for number, cell in enumerate(self.cells)}
        owners = [
            numbers[owner_of(row).lower()] if is_meant(row, self.ask) and row["person_id"] not in booked else NOWHERE
            for row in rows
        ]
        return Scope(
            rebased(States(*(column(rows, name) for name in States._fields)), self.now.timestamp(), self.model),
            column(rows, "booked_at"),
            column(rows, "importance"),
            np.array([self.model.lines_for(row["role"], row["overrides"]).fading for row in rows], dtype=np.float64),
            np.array([people[row["person_id"]] for row in rows], dtype=np.int64),
            np.array(owners, dtype=np.int64),
            np.array([[cell_of[cell] if cell else NOWHERE for cell in cells_of(row)] for row in rows], dtype=np.int64),
        )

    def _lines(self, taken: Sequence[Offer]) -> list[Line]:
        """Seat the touches of each day, soonest first."""
        begins = self._begins(taken)
        useful = self._latest(taken)
        told = [
            self._line(offer, step, begins[number, step], useful[number])
            for number, offer in enumerate(taken)
            for step in range(len(offer.package.days))
        ]
        told.sort(key=lambda line: (line.at, line.stakeholders))
        return [line._replace(line=number) for number, line in enumerate(told, 1)]

    def _begins(self, taken: Sequence[Offer]) -> dict[tuple[int, int], datetime]:
        slots: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for number, offer in enumerate(taken):
            for step, day in enumerate(offer.package.days):
                slots[offer.owner, day].append((number, step))
        found: dict[tuple[int, int], datetime] = {}
        for slot, touches in slots.items():
            minutes = [taken[number].package.minutes for number, _ in touches]
            found |= zip(touches, seated(minutes, self.window.free[slot]), strict=True)
        return found

    def _latest(self, taken: Sequence[Offer]) -> list[int]:
        """Return the latest useful day of each offer; of two touches each has its day."""
        members = {person for offer in taken for person in offer.people}
        rows = np.flatnonzero(np.isin(self.scope.person, list(members)))
        alone = Foresight(narrowed(self.scope, rows), self.foresight.sight)
        known: dict[Any, Floats] = {}
        found = list[int]()
        for offer in taken:
            first, latest = offer.package.days[0], offer.package.days[-1]
            for day in range(first + 1, len(self.window.dates)) if len(offer.package.days) == 1 else ():
                package = offer.package._replace(days=(day,))
                if package not in known:
                    known[package] = alone.worth(package, self.days).value
                if known[package][list(offer.people)].sum() < STILL_USEFUL * offer.value:
                    break
                latest = day
            found.append(latest)
        return found

    def _line(self, offer: Offer, step: int, at: datetime, latest: int) -> Line:
        members = [self.rows[number] for person in offer.people for number in self.rows_of[person]]
        changes = [self._change(offer, person) for person in offer.people]
        covers = sorted({self.cells[cell][2] for cell, _ in offer.covers})
        days = offer.days / len(offer.package.days)
        day = offer.package.days[step]
        return Line(
            0,
            self.owners[offer.owner],
            offer.package.touch.kind.value,
            offer.package.minutes,
            at,
            self.window.dates[latest if len(offer.package.days) == 1 else day],
            list(dict.fromkeys(row["name"] for row in members)),
            list(dict.fromkeys(row["stakeholder"] for row in members)),
            sorted({row["initiative"] for row in members}),
            [row["relationship_id"] for row in members],
            round(days, 2),
            covers,
            changes[0].before,
            changes[0].after,
            why(changes, covers, len(offer.package.days), self.now),
        )

    def _change(self, offer: Offer, person: int) -> Change:
        """Return the drift of the person's first relationship, without and with the touches."""
        number = np.array(self.rows_of[person][:1])
        before, line = self.scope.states.of(number), float(self.scope.line[number[0]])
        after = before
        for day in offer.package.days:
            after = with_touch(after, offer.package.touch, float(self.days.at[day]), self.model)
        begins, now = float(self.days.at[offer.package.days[-1]]), self.now.timestamp()
        stands = float(self.foresight.scores[number[0], 0])
        return Change(
            str(self.rows[int(number[0])]["name"]),
            stands >= line,
            float(self._score(after, begins)) >= line,
            moment_of(falls_under(before, line, np.array([now]), self.model)),
            moment_of(falls_under(after, line, np.array([begins]), self.model)),
        )

    def _score(self, states: States, moment: float) -> float:
        return float(np.nan_to_num(read(states, moment, self.model).score)[0])

    def _left_out(self, could: Sequence[Offer], taken: Sequence[Offer]) -> list[dict[str, Any]]:
        met = {person for offer in taken for person in offer.people}
        best: dict[int, Offer] = {}
        for offer in could:
            [person, *others] = offer.people
            rate = offer.most / offer.minutes
            if (
                not others
                and person not in met
                and rate > (best[person].most / best[person].minutes if person in best else 0)
            ):
                best[person] = offer
        ranked = sorted(best.items(), key=lambda its: (-its[1].most / its[1].minutes, its[0]))[:LEFT_OUT_MAX]
        return [self._named(person, offer) for person, offer in ranked] + self._booked()

    def _named(self, person: int, offer: Offer) -> dict[str, Any]:
        row = self.rows[self.rows_of[person][0]]
        return {
            "stakeholder": row["stakeholder"],
            "name": row["name"],
            "reason": "no time",
            "kind": offer.package.touch.kind.value,
            "minutes": offer.minutes,
            "days": round(offer.days, 2),
        }

    def _booked(self) -> list[dict[str, Any]]:
        found = {
            row["stakeholder"]: {
                "stakeholder": row["stakeholder"],
                "name": row["name"],
                "reason": "booked",
                "at": datetime.fromtimestamp(row["booked_at"], UTC),
            }
            for row in self.rows
            if row["booked_at"] and row["booked_at"] <= self.until.timestamp() and is_meant(row, self.ask)
        }
        return list(found.values())[:LEFT_OUT_MAX]

    def _one_more_hour(self, could: Sequence[Offer], choice: Choice) -> dict[str, Any]:
        more = choose(could, self.ask.hours * 60 + 60, self.days)
        met = {person for number in choice.taken for person in could[number].people}
        new = sorted({person for number in more.taken for person in could[number].people} - met)
        return {
            "worth": round(max(0.0, more.value - choice.value), 2),
            "people": [self.rows[self.rows_of[person][0]]["name"] for person in new],
        }

    def _scores(self, lines: Sequence[Line]) -> dict[int, float | None]:
        wanted = {number for line in lines for number in line.relationships}
        scores = read(self.scope.states, self.now.timestamp(), self.model).score.tolist()
        pairs = zip((row["relationship_id"] for row in self.rows), scores, strict=True)
        return {number: None if np.isnan(score) else score for number, score in pairs if number in wanted}


def is_meant(row: Row, ask: Ask) -> bool:
    """Say whether the relationship is one that the hours are for."""
    is_theirs = ask.owner is None or owner_of(row).lower() == ask.owner.lower()
    return is_theirs and ask.initiative in {None, row["initiative"]}


def owner_of(row: Row) -> str:
    """Return the owner; nobody is one as well, when a whole initiative is planned."""
    return row["owner"] or ""


def cells_of(row: Row) -> tuple[tuple[str, str, str] | None, tuple[str, str, str] | None]:
    """Return the relationship's function and level, None where the roster names none."""
    function = (row["initiative"], "function", row["function"]) if row["function"] else None
    return function, (row["initiative"], "level", row["level"]) if row["level"] else None


def days_of(free: Window, now: datetime) -> Days:
    """Return the days as the arithmetic takes them: a touch counts from noon on, today's from now on."""
    noons = [max(datetime.combine(day, time(12), UTC), now).timestamp() for day in free.dates]
    return Days(np.array(noons, dtype=np.float64), {slot: 60 * len(hours) for slot, hours in free.free.items()})


def narrowed(scope: Scope, rows: Any) -> Scope:
    """Return some rows of the scope, and one of the last person, so that everyone's number is as it was."""
    last = np.flatnonzero(scope.person == scope.people - 1)[:1]
    kept = np.union1d(rows, last)
    return Scope(scope.states.of(kept), *(its[kept] for its in scope[1:]))


def column(rows: Sequence[Row], name: str) -> Floats:
    """Return one column, nan where it is null."""
    return np.array([row[name] for row in rows], dtype=np.float64)


def moment_of(seconds: Floats) -> datetime | None:
    """Return the moment, None where there is none."""
    return None if np.isnan(seconds[0]) else datetime.fromtimestamp(float(seconds[0]), UTC)
