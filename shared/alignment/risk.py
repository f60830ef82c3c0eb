"""Risk: the probability that a relationship stays silent for one horizon, from its touch days.

A touch day is a UTC day with at least one touch; its moment is its midnight, so that neither the order
of touches nor their number within a day matters. What is kept of a relationship is a function of its set
of touch days, all of it of constant size:

    first_day, last_day   days since 1970-01-01 (UTC)
    longest_gap           days between two touch days in a row, at most; 0 after one touch day
    pace_fast/pace/_slow  sums over touch days of 2^(-(last_day - day) / (m * horizon)), m = 1/4, 1, 4: at
                          least 1. They add up, are taken back, and move to another moment by decay.

With times in horizons H (so that one set of coefficients serves mail and shop alike), and

    tenure  = (last_day - first_day + 1 day) / H           at the last touch
    silence = (now - last_day) / H                         never under 0
    rate_m  = pace_m * (ln 2 / m) / (1 - 2^(-tenure / m))  touch days a horizon, before the silence
    missed_m = silence * rate_m                            touches that their own pace would have brought
    around_m, around_silence                               pace_m and silence of the initiative: the touch days of all
                                                           of its relationships, as of the last of them

the risk is, ln being the natural logarithm and sigma(x) = 1 / (1 + exp(-x)),

    sigma(intercept + tenure * ln(tenure + 0.3) + longest_gap * ln(min((longest_gap + 1 day) / H, 4))
          + pace * ln pace_1 + pace_slow * ln pace_4
          + missed_fast * ln(1 + missed_1/4) + missed_slow * ln(1 + missed_4) + silence * ln(1 + 30 silence)
          + initiative_pace * ln around_1
          + initiative_trend * (ln(around_1/4 / around_1) - around_silence * (ln 2 / (1/4) - ln 2 / 1)))

where each coefficient bears the name of its term. The last three ship as 0: they are for who fits their own history.
In SQL this is `projector.risk_read`: an expression over the columns of `projector.states`, once pace_* are
moved from `as_of` to the midnight of the last touch day, and `max(day - lag(day) over (order by day))` over
`projector.days` where touches > 0. While nothing happens all but the silences stands still; the coefficients of
`missed` and `silence` are not negative, that of `initiative_trend` is not positive: the risk only rises until the next
touch (in the initiative, where the model has terms of it), and crosses a line once. Bounded to one in a million
on either side. The half-lives of pace are part of the model; 1/4, 1 and 4 are what ships.

Sources: decayed sums: Cormode et al. 2009, Ahmad, Porter and Beguerisse-Diaz 2021; silence against the own
pace and age: Fader, Hardie and Lee 2005. Coefficients: docs/science.md.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Paces = tuple[float, float, float]
PACES: Paces = (0.25, 1.0, 4.0)
"""Half-lives of the three decayed sums of touch days, in horizons: fast, middle, slow."""

NEVER = np.iinfo(np.int64).min
"""The last day of a relationship that has had no touch yet."""

# Below this many horizons of tenure, being young says little; it also keeps the logarithm calm.
_YOUNG = 0.3
# In horizons; a longer gap says no more than this one.
_LONG = 4.0
# A horizon in steps of silence that count: days, at a horizon of 30.
_STEPS = 30.0
# No data set is large enough to be surer than one in a million.
_SUREST = float(np.log(1e6 - 1))


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Log-odds per unit of each term; the defaults ship, fitted on seven public sets (docs/science.md)."""

    intercept: float = 1.041
    tenure: float = -0.366
    longest_gap: float = 0.598
    pace: float = -0.743
    pace_slow: float = -0.653
    missed_fast: float = 0.282
    missed_slow: float = 1.041
    silence: float = 0.0
    initiative_pace: float = 0.0
    initiative_trend: float = 0.0

    @property
    def asks_for_initiative(self) -> bool:
        """Say whether the risk of one relationship depends on its initiative."""
        return self.initiative_pace != 0 or self.initiative_trend != 0


RISING = ("missed_fast", "missed_slow", "silence")
"""Terms that rise in silence: their coefficients are not negative."""
FALLING = ("initiative_trend",)
"""Terms that fall in silence: their coefficients are not positive."""

SHIPPED = Coefficients()


@dataclass(slots=True)
class TouchDays:
    """What the touch days of many relationships leave behind: equally long columns, one row each."""

    first_day: Integers
    last_day: Integers
    longest_gap: Integers
    pace_fast: Floats
    pace: Floats
    pace_slow: Floats

    @classmethod
    def none(cls, count: int) -> Self:
        """Return `count` relationships that nobody has touched yet."""
        days = [np.full(count, NEVER), np.full(count, NEVER), np.zeros(count, np.int64)]
        return cls(*days, *(np.zeros(count) for _ in PACES))

    @classmethod
    def of(cls, days: ArrayLike, horizon_days: float, paces: Paces = PACES) -> Self:
        """Return the one relationship that was touched on `days`, given in any order, however often."""
        known = np.unique(np.asarray(days, np.int64))
        age = known[-1] - known
        sums = (np.exp2(-age / (m * horizon_days)).sum(keepdims=True) for m in paces)
        longest = np.diff(known).max(initial=0)
        return cls(known[:1], known[-1:], np.array([longest], np.int64), *sums)

    def touch(self, rows: Integers, day: int, horizon_days: float, paces: Paces = PACES) -> None:
        """Add `day`, which is not before any earlier one, to distinct `rows`; known days change nothing."""
        last = self.last_day[rows]
        rows, gap = rows[last != day], np.where(last == NEVER, 0, day - last)[last != day]
        self.first_day[rows] = np.where(self.last_day[rows] == NEVER, day, self.first_day[rows])
        self.longest_gap[rows] = np.maximum(self.longest_gap[rows], gap)
        for m, pace in zip(paces, (self.pace_fast, self.pace, self.pace_slow), strict=True):
            pace[rows] = pace[rows] * np.exp2(-gap / (m * horizon_days)) + 1
        self.last_day[rows] = day

    def at(self, rows: Integers) -> Self:
        """Return the relationships in `rows` only."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))


@dataclass(slots=True)
class Surroundings:
    """The touch days of each relationship's initiative as a whole; equally long columns, one row per relationship."""

    last_day: Floats
    pace_fast: Floats
    pace: Floats

    @classmethod
    def alone(cls, state: TouchDays) -> Self:
        """Return initiatives that hold one relationship each."""
        return cls(state.last_day.astype(np.float64), state.pace_fast, state.pace)

    @classmethod
    def of(cls, state: TouchDays, initiatives: Integers, horizon_days: float, paces: Paces = PACES) -> Self:
        """Return what surrounds each relationship, `initiatives` being the number of each one's."""
        touched = np.flatnonzero(state.last_day != NEVER)
        known, inside = state.at(touched), initiatives[touched]
        last = np.full(int(initiatives.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(last, inside, known.last_day)
        age = (last[inside] - known.last_day) / horizon_days
        fast, middle, _ = paces
        sums = [
            np.bincount(inside, pace * np.exp2(-age / m), len(last)).astype(np.float64)[initiatives]
            for m, pace in ((fast, known.pace_fast), (middle, known.pace))
        ]
        return cls(last[initiatives], *sums)

    def at(self, rows: Integers) -> Self:
        """Return what surrounds the relationships in `rows` only."""
        return type(self)(self.last_day[rows], self.pace_fast[rows], self.pace[rows])


def terms(
    state: TouchDays,
    now_days: ArrayLike,
    horizon_days: float,
    around: Surroundings | None = None,
    paces: Paces = PACES,
) -> dict[str, Floats]:
    """Return what each coefficient is multiplied with; `now_days` is days since 1970, in fractions.

    Without `around`, each relationship is an initiative of its own.
    """
    now, around = np.asarray(now_days, np.float64), around or Surroundings.alone(state)
    tenure = (state.last_day - state.first_day + 1) / horizon_days
    silence = np.maximum(now - state.last_day, 0) / horizon_days
    faded = np.maximum(now - around.last_day, 0) / horizon_days * np.log(2) * (1 / paces[0] - 1 / paces[1])
    return {
        "tenure": np.log(tenure + _YOUNG),
        "longest_gap": np.log(np.minimum((state.longest_gap + 1) / horizon_days, _LONG)),
        "pace": np.log(state.pace),
        "pace_slow": np.log(state.pace_slow),
        "missed_fast": np.log1p(silence * rate(state.pace_fast, tenure, paces[0])),
        "missed_slow": np.log1p(silence * rate(state.pace_slow, tenure, paces[2])),
        "silence": np.log1p(_STEPS * silence),
        "initiative_pace": np.log(around.pace),
        "initiative_trend": np.log(around.pace_fast / around.pace) - faded,
    }


def rate(pace: Floats, tenure: Floats, half_life: float) -> Floats:
    """Return touch days a horizon (tenure, half-life in horizons): a short tenure fills a sum in part."""
    decay = float(np.log(2)) / half_life
    return pace * decay / -np.expm1(-decay * tenure)


def log_odds(
    state: TouchDays,
    now_days: ArrayLike,
    horizon_days: float,
    coefficients: Coefficients = SHIPPED,
    around: Surroundings | None = None,
    paces: Paces = PACES,
) -> Floats:
    """Return ln(risk / (1 - risk)), before it is bounded."""
    total = np.full(len(state.last_day), coefficients.intercept)
    for name, term in terms(state, now_days, horizon_days, around, paces).items():
        total = total + getattr(coefficients, name) * term
    return total


def risk(
    state: TouchDays,
    now_days: ArrayLike,
    horizon_days: float,
    coefficients: Coefficients = SHIPPED,
    around: Surroundings | None = None,
    paces: Paces = PACES,
) -> Floats:
    """Return the probability, 0 to 1, that no touch comes in [now, now + horizon)."""
    odds = log_odds(state, now_days, horizon_days, coefficients, around, paces)
    return 1 / (1 + np.exp(-np.clip(odds, -_SUREST, _SUREST)))
