"""Past decisions with what was known at them, and what came of them: the ground that models are judged on.

The task is that of ../shared/evaluate_drift.py. Decisions are taken at UTC midnights, every so many days. At
one of them a relationship is judged if it has touches on three days before it, the last of them at most a
horizon ago, and if its initiative is still observed a horizon later: where the records end, silence says
nothing. It went silent if no touch came in [decision, decision + horizon). The end of the records chooses what
is judged; what was known at a decision comes from touches strictly before it.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shared.alignment.risk import PACES, Coefficients, Floats, Integers, Paces, Surroundings, TouchDays, terms

DAY = 86_400_000_000
"""Microseconds in a day."""
TERMS = len(fields(Coefficients)) - 1
TOUCH_DAYS_MIN = 3
WARM_UP_DAYS_MIN = 60

_EXPONENT_MAX = 700.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Past:
    """Judged decisions: equally long columns, one row each; moments in days since 1970-01-01 (UTC)."""

    horizon_days: float
    every_days: int
    dates: Floats
    """all moments of decision, also those with nobody to judge"""
    relationship: Integers
    decided_at: Floats
    last_touch: Floats
    next_touch: Floats
    """inf where none was seen"""
    mean_gap: Floats
    """days between the touch days so far"""
    terms: NDArray[np.float32]
    """what each coefficient but the intercept is multiplied with, in their order"""

    @property
    def went_silent(self) -> Flags:
        """Return what came of each decision."""
        return self.next_touch >= self.decided_at + self.horizon_days

    @property
    def silence(self) -> Floats:
        """Return days since the last touch."""
        return self.decided_at - self.last_touch

    def at(self, rows: Flags | Integers) -> Self:
        """Return the decisions in `rows` only."""
        columns = (getattr(self, name)[rows] for name in COLUMNS)
        return replace(self, **dict(zip(COLUMNS, columns, strict=True)))

    def split(self, later_share: float) -> tuple[Self, Self]:
        """Return the earlier decisions, whose outcome was known by then, and those of the later share of the time."""
        if not len(self.dates):
            return self, self
        begins = self.dates[min(int(len(self.dates) * (1 - later_share)), len(self.dates) - 1)]
        return self.at(self.decided_at + self.horizon_days <= begins), self.at(self.decided_at >= begins)

    def as_all(self) -> Self:
        """Return the same decisions as if there were no other moments of decision: to be split once more."""
        return replace(self, dates=np.unique(self.decided_at))

    def risk(self, coefficients: Coefficients) -> Floats:
        """Return the risk, 0 to 1, that these coefficients would have said at each decision."""
        intercept, *slopes = (getattr(coefficients, column.name) for column in fields(coefficients))
        odds: Floats = intercept + self.terms @ np.array(slopes)
        # Wild coefficients of a candidate may leave the range of exp; that is no reason to complain.
        return 1 / (1 + np.exp(-np.clip(odds, -_EXPONENT_MAX, _EXPONENT_MAX)))


COLUMNS = tuple(column.name for column in fields(Past)[3:])


class _Decided(NamedTuple):
    day: int
    touched: Integers
    touched_at: Floats
    relationship: Integers
    last_touch: Floats
    mean_gap: Floats
    terms: NDArray[np.float32]


@dataclass(slots=True)
class Hindsight:
    """Takes touches in time order and decides as the days go by; memory follows relationships and decisions."""

    initiatives: Integers
    """the number of each relationship's initiative"""
    horizon_days: float
    every_days: int
    paces: Paces = PACES
    state: TouchDays = field(init=False)
    touch_days: Integers = field(init=False)
    last_touch: Floats = field(init=False)
    touched_at: Floats = field(init=False)
    """first touch since the last decision"""
    decides_on: int | None = None
    dates: list[NDArray[np.float64]] = field(default_factory=list)
    decided: list[_Decided] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.initiatives)
        self.state, self.touch_days = TouchDays.none(count), np.zeros(count, np.int64)
        self.last_touch, self.touched_at = np.full(count, -np.inf), np.full(count, np.inf)

    def take(self, moments: Integers, relationships: Integers) -> None:
        """Fold touches (microseconds since 1970), none before any taken earlier, and decide in between."""
        if not len(moments):
            return
        if self.decides_on is None:
            warm_up = max(2 * self.horizon_days, WARM_UP_DAYS_MIN)
            self.decides_on = int(np.ceil(moments[0] // DAY + warm_up))
        start = 0
        while self.decides_on * DAY <= moments[-1]:
            end = int(np.searchsorted(moments, self.decides_on * DAY))
            self._fold(moments[start:end], relationships[start:end])
            many = 1
            if self.last_touch.max() >= self.decides_on - self.horizon_days:
                self._decide(self.decides_on)
            else:
                # Nobody to judge until somebody is touched, even if that takes a thousand years.
                many += int(moments[end] // DAY - self.decides_on) // self.every_days
            self.dates.append(self.decides_on + self.every_days * np.arange(many, dtype=np.float64))
            start, self.decides_on = end, self.decides_on + many * self.every_days
        self._fold(moments[start:], relationships[start:])

    def _fold(self, moments: Integers, relationships: Integers) -> None:
        touched, first = np.unique(relationships, return_index=True)
        self.touched_at[touched] = np.minimum(self.touched_at[touched], moments[first] / DAY)
        # Of several touches of one relationship, numpy lets the last stand.
        self.last_touch[relationships] = moments / DAY
        days, starts = np.unique(moments // DAY, return_index=True)
        for day, part in zip(days.tolist(), np.split(relationships, starts[1:]), strict=False):
            rows = np.unique(part)
            self.touch_days[rows[self.state.last_day[rows] != day]] += 1
            self.state.touch(rows, day, self.horizon_days, self.paces)

    def _decide(self, day: int) -> None:
        judged = (self.touch_days >= TOUCH_DAYS_MIN) & (self.last_touch >= day - self.horizon_days)
        rows, touched = np.flatnonzero(judged), np.flatnonzero(self.touched_at < np.inf)
        known = self.state.at(rows)
        around = Surroundings.of(self.state, self.initiatives, self.horizon_days, self.paces).at(rows)
        columns = list(terms(known, day, self.horizon_days, around, self.paces).values())
        gaps = (known.last_day - known.first_day) / (self.touch_days[rows] - 1)
        matrix = np.column_stack(columns).astype(np.float32)
        at = self.touched_at[touched]
        self.decided.append(_Decided(day, touched, at, rows, self.last_touch[rows], gaps, matrix))
        self.touched_at[touched] = np.inf

    def past(self) -> Past:
        """Return the decisions whose outcome the touches taken so far tell."""
        ends = np.full(int(self.initiatives.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(ends, self.initiatives, self.last_touch)
        upcoming, parts = self.touched_at.copy(), [self._nothing(ends.max(initial=-np.inf))]
        for decided in reversed(self.decided):
            parts.append(self._outcome(decided, upcoming, ends[self.initiatives]))
            upcoming[decided.touched] = decided.touched_at
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts[::-1]]) for name in COLUMNS
        }
        return replace(parts[0], **joined)

    def _nothing(self, end: float) -> Past:
        dates = np.concatenate([np.empty(0), *self.dates])
        known, none = dates[dates + self.horizon_days <= end], np.empty(0)
        rows, no_terms = np.empty(0, np.int64), np.empty((0, TERMS), np.float32)
        return Past(self.horizon_days, self.every_days, known, rows, none, none, none, none, no_terms)

    def _outcome(self, decided: _Decided, upcoming: Floats, observed_until: Floats) -> Past:
        rows = decided.relationship
        known = (decided.last_touch, upcoming[rows], decided.mean_gap, decided.terms)
        dates = np.array([float(decided.day)])
        outcome = Past(self.horizon_days, self.every_days, dates, rows, np.repeat(dates, len(rows)), *known)
        return outcome.at(observed_until[rows] >= decided.day + self.horizon_days)
