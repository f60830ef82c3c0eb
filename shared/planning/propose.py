"""Puts a plan together: from relationships and free hours to touches with their reasons. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import numpy as np

from shared.alignment.counterfactual import with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import Model
from shared.alignment.reading import DAY_SECONDS, Floats, States, faded, read
from shared.alignment.risk import NEVER, Surroundings, TouchDays
from shared.hours import Hours
from shared.planning.ask import Ask
from shared.planning.calendar import Busy, Window, seated, window
from shared.planning.choose import Choice, choose
from shared.planning.left_out import Missed, Spent, missed, one_more_hour, shares, spent
from shared.planning.offers import Offer, offers
from shared.planning.offers import owner_of as owner_of_people
from shared.planning.scope import NOWHERE, Days, Scope, rebased
from shared.planning.silence import Silence
from shared.planning.touches import Package, packages
from shared.planning.wording import Change, why
from shared.planning.worth import HARDLY, Cover, Foresight, cover_value, sight

LEFT_OUT_MAX = 10
"""So many are named for each reason."""
STILL_USEFUL = 0.9
"""A touch on its latest useful day brings at least this share of what it brings on its own day."""

Row = Mapping[str, Any]


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
    """relationship-days kept above the line, each counted one"""
    worth: float
    """its part of what the plan is worth; the parts add up"""
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
    weighed: int
    """offers that it was chosen from"""
    is_free: bool
    """whether anybody has a free working hour at all"""
    minutes: int
    left_out: list[dict[str, Any]]
    one_more_hour: dict[str, Any]
    scores: dict[int, float | None]
    """of relationships on the plan, as they stand"""

    @property
    def days(self) -> float:
        """Return the sum of the lines' days."""
        return round(sum(line.days for line in self.lines), 1)

    @property
    def worth(self) -> float:
        """Return the sum of the lines' worth."""
        return round(sum(line.worth for line in self.lines), 1)


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
        minutes = self.ask.hours * 60
        choice = choose(could, minutes, self.days)
        its = spent([could[number] for number in choice.taken], minutes, self.days)
        lines = self._lines(its.taken)
        return Plan(
            self.ask,
            self.until,
            lines,
            choice,
            len(could),
            bool(self.window.free),
            sum(offer.minutes for offer in its.taken),
            self._left_out(could, its),
            self._one_more_hour(could, its),
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
            silence_of(rows, self.model),
        )

    def _lines(self, taken: Sequence[Offer]) -> list[Line]:
        """Seat the touches of each day, soonest first."""
        begins = self._begins(taken)
        useful = self._latest(taken)
        told = [
            self._line(offer, changes, worth / len(offer.package.days), step, begins[number, step], useful[number])
            for number, (offer, changes, worth) in enumerate(
                zip(taken, self._changes(taken), shares(taken), strict=True)
            )
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
        alone = self.foresight.of(rows)
        known: dict[Package, tuple[Floats, dict[int, tuple[Cover, ...]]]] = {}
        found = list[int]()
        for offer in taken:
            first, latest = offer.package.days[0], offer.package.days[-1]
            for day in range(first + 1, len(self.window.dates)) if len(offer.package.days) == 1 else ():
                package = offer.package._replace(days=(day,))
                if package not in known:
                    worth = alone.worth(package, self.days)
                    known[package] = worth.value, alone.covers(worth)
                if together(*known[package], offer.people) < STILL_USEFUL * offer.most:
                    break
                latest = day
            found.append(latest)
        return found

    def _line(
        self, offer: Offer, changes: Sequence[Change], worth: float, step: int, at: datetime, latest: int
    ) -> Line:
        members = [self.rows[number] for person in offer.people for number in self.rows_of[person]]
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
            round(offer.days / len(offer.package.days), 1),
            round(worth, 1),
            sorted({self.cells[cover.cell][2] for cover in offer.covers}),
            changes[0].before,
            changes[0].after,
            why(changes, *self._covers(offer), len(offer.package.days), self.now),
        )

    def _covers(self, offer: Offer) -> tuple[list[str], list[str]]:
        """Return what it keeps covered, and what it covers that nobody covers now."""
        cells = {cover.cell for cover in offer.covers}
        won = {cell for cell in cells if self.foresight.open_cells[cell, 0]}
        return tuple(sorted({self.cells[cell][2] for cell in its}) for its in (cells - won, won))  # type: ignore[return-value]

    def _changes(self, taken: Sequence[Offer]) -> list[list[Change]]:
        """Return, by offer and person, drift and risk of their first relationship, without and with the touches."""
        if not taken:
            return []
        rows = [np.array([self.rows_of[person][0] for person in offer.people]) for offer in taken]
        states = [self._met(offer, numbers) for offer, numbers in zip(taken, rows, strict=True)]
        begins = [
            np.full(its.size, self.days.at[offer.package.days[-1]]) for offer, its in zip(taken, rows, strict=True)
        ]
        risks = [
            np.array(self.foresight.of(its).risks(offer.package.days, self.days))
            for offer, its in zip(taken, rows, strict=True)
        ]
        told = iter(self._compared(np.concatenate(rows), joined(states), np.concatenate(begins), np.hstack(risks)))
        return [[next(told) for _ in offer.people] for offer in taken]

    def _met(self, offer: Offer, rows: Any) -> States:
        """Return how these stand with the touches."""
        states = self.scope.states.of(rows)
        for day in offer.package.days:
            states = with_touch(states, offer.package.touch, float(self.days.at[day]), self.model)
        return states

    def _compared(self, rows: Any, met: States, begins: Floats, risks: Floats) -> Iterator[Change]:
        lines, now = self.scope.line[rows], np.full(rows.size, self.now.timestamp())
        scores = np.nan_to_num(read(met, begins, self.model).score)
        drifts = self._falls(self.scope.states.of(rows), lines, now), self._falls(met, lines, begins)
        for number, row in enumerate(rows.tolist()):
            yield Change(
                str(self.rows[row]["name"]),
                bool(self.foresight.scores[row, 0] >= lines[number]),
                bool(scores[number] >= lines[number]),
                moment_of(drifts[0][number]),
                moment_of(drifts[1][number]),
                float(risks[0, number]),
                float(risks[1, number]),
            )

    def _falls(self, states: States, lines: Floats, since: Floats) -> Floats:
        """Return when each falls under its line; all with the same line at once, for each takes as long as many."""
        found = np.full(lines.size, np.nan)
        for line in np.unique(lines):
            same = np.flatnonzero(lines == line)
            found[same] = falls_under(states.of(same), float(line), since[same], self.model)
        return found

    def _left_out(self, could: Sequence[Offer], its: Spent) -> list[dict[str, Any]]:
        """Name who is not met, with the true reason: first those to whom something would be gained."""
        ranked = missed(could, its)
        gained = [self._missed(one) for one in ranked if one.adds >= HARDLY][:LEFT_OUT_MAX]
        idle = [self._missed(one) for one in ranked if one.adds < HARDLY]
        return (
            gained + self._booked() + (idle + self._unoffered({one.person for one in ranked} | its.met))[:LEFT_OUT_MAX]
        )

    def _missed(self, one: Missed) -> dict[str, Any]:
        told = self._named(one.person, one.reason)
        if one.adds < HARDLY:
            return told
        return told | {
            "kind": one.offer.package.touch.kind.value,
            "minutes": one.offer.minutes,
            "days": round(one.offer.days, 1),
            "worth": round(one.adds, 1),
        }

    def _unoffered(self, known: set[int]) -> list[dict[str, Any]]:
        """Name those to whom nothing could be offered: their owner is never free, or no touch would change anything."""
        free = {owner for owner, _ in self.days.free_minutes}
        owners = owner_of_people(self.scope)
        return [
            self._named(person, "adds nothing" if int(owner) in free else "no free working hour")
            for person, owner in enumerate(owners.tolist())
            if owner != NOWHERE and person not in known
        ]

    def _named(self, person: int, reason: str) -> dict[str, Any]:
        row = self.rows[self.rows_of[person][0]]
        return {"stakeholder": row["stakeholder"], "name": row["name"], "reason": reason}

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

    def _one_more_hour(self, could: Sequence[Offer], its: Spent) -> dict[str, Any]:
        """Return the best use of one hour more beside the plan, in the coin of the lines."""
        beside, more = one_more_hour(could, its)
        taken = more.taken if more.value >= HARDLY else ()
        new = sorted({person for number in taken for person in beside[number].people})
        return {
            "worth": round(more.value, 1),
            "people": [self.rows[self.rows_of[person][0]]["name"] for person in new],
        }

    def _scores(self, lines: Sequence[Line]) -> dict[int, float | None]:
        wanted = {number for line in lines for number in line.relationships}
        scores = read(self.scope.states, self.now.timestamp(), self.model).score.tolist()
        pairs = zip((row["relationship_id"] for row in self.rows), scores, strict=True)
        return {number: None if np.isnan(score) else score for number, score in pairs if number in wanted}


def together(values: Floats, covers: Mapping[int, Sequence[Cover]], people: Sequence[int]) -> float:
    """Return what a touch is worth with these, by what it is worth to each and what each would cover."""
    covered = {cover for person in people for cover in covers.get(person, ())}
    return float(values[list(people)].sum()) + cover_value(sorted(covered))


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


def silence_of(rows: Sequence[Row], model: Model) -> Silence:
    """Return the touch days as risk takes them: sums as of the midnight of the last one."""
    first, last, as_of = (column(rows, name) for name in ("first_touch_at", "last_touch_at", "as_of"))
    touched, midnight = ~np.isnan(last), np.floor(last / DAY_SECONDS) * DAY_SECONDS

    def numbers(moments: Floats) -> Any:
        return np.where(touched, np.nan_to_num(moments // DAY_SECONDS), NEVER).astype(np.int64)

    def pace(name: str, horizons: float) -> Floats:
        elapsed = np.where(touched, midnight - as_of, 0.0)
        return np.maximum(1.0, faded(column(rows, name), elapsed, horizons * model.horizon.days))

    fast, middle, slow = model.horizon.paces
    gaps = column(rows, "longest_gap").astype(np.int64)
    days = TouchDays(
        numbers(first), numbers(last), gaps, pace("pace_fast", fast), pace("pace", middle), pace("pace_slow", slow)
    )
    if model.risk.initiative_pace == 0 and model.risk.initiative_trend == 0:
        return Silence(days)
    initiatives = np.unique([row["initiative"] for row in rows], return_inverse=True)[1].astype(np.int64)
    return Silence(days, Surroundings.of(days, initiatives, model.horizon.days, model.horizon.paces))


def column(rows: Sequence[Row], name: str) -> Floats:
    """Return one column, nan where it is null."""
    return np.array([row[name] for row in rows], dtype=np.float64)


def joined(states: Sequence[States]) -> States:
    """Return all of them one after the other."""
    return States(*(np.concatenate(columns) for columns in zip(*states, strict=True)))


def moment_of(seconds: float) -> datetime | None:
    """Return the moment, None where there is none."""
    return None if np.isnan(seconds) else datetime.fromtimestamp(float(seconds), UTC)
