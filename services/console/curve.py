"""One relationship over time, from what each touchpoint brought: past, forecast, and what if.

The same arithmetic as `projector.folded` and `attune.explain`, for many moments at once and for touches that never
happened; property tests hold them equal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shared.alignment.counterfactual import Touch, dose
from shared.alignment.model import CHANNELS, Model
from shared.alignment.reading import DAY_SECONDS, LN_2, Floats, Readings, States, points, read
from shared.forms import NUMBERS

RHYTHM_DAYS = 182.0
DAILY = ("contact", "dialogue")
"""Channels whose days have a ceiling."""


class Doses(NamedTuple):
    """What each touchpoint of one relationship brought, oldest first, undecayed: one array per column."""

    occurred: Floats
    """Seconds since 1970."""
    contact: Floats
    dialogue: Floats
    depth: Floats
    accord: Floats
    strain: Floats
    is_touch: Floats
    """1 where it makes a touch day, else 0."""

    @property
    def days(self) -> Floats:
        """Return the UTC day of each, since 1970."""
        return np.floor(self.occurred / DAY_SECONDS)


_COLUMNS = itemgetter(*Doses._fields)


def doses(rows: Sequence[Mapping[str, Any]], known_at: datetime | None = None) -> Doses:
    """Return the doses of a history; with `known_at` as far as it had been recorded by then."""
    known = sorted((_COLUMNS(row) for row in rows if is_known(row, known_at)), key=itemgetter(0))
    return Doses(*np.array(list(zip(*known, strict=True)), dtype=np.float64).reshape(len(Doses._fields), -1))


def ordered(columns: Mapping[str, Sequence[float]] | None) -> Doses:
    """Return the doses that columns hold in any order; none of them where there are no columns."""
    if columns is None:
        return doses([])
    occurred = np.array(columns["occurred"], dtype=np.float64)
    order = np.argsort(occurred, kind="stable")
    return Doses(*(np.array(columns[name], dtype=np.float64)[order] for name in Doses._fields))


def is_known(row: Mapping[str, Any], known_at: datetime | None) -> bool:
    """Tell whether a touchpoint counted by what had been recorded at a moment; by what is known now when None."""
    retracted_at = row["retracted_at"]
    if known_at is None:
        return retracted_at is None
    return row["recorded_at"] <= known_at and (retracted_at is None or retracted_at > known_at)


def with_touches(known: Doses, touches: Sequence[tuple[Touch, float]], model: Model) -> Doses:
    """Return the doses as they would be, had each touch happened at its moment (seconds since 1970)."""
    for touch, moment in touches:
        number = NUMBERS[touch.kind, touch.direction, touch.quality]
        weights = model.weights_of(number)
        counts = dose(touch, weights, model)
        is_touch = weights.is_touch and touch.breadth < model.dose.broad_from
        row = [moment, *(counts * getattr(weights, channel) for channel in CHANNELS), float(is_touch)]
        at = int(np.searchsorted(known.occurred, moment, side="right"))
        known = Doses(*(np.insert(column, at, value) for column, value in zip(known, row, strict=True)))
    return known


def states(known: Doses, moments: Floats, model: Model) -> States:
    """Return the state as of each moment (seconds since 1970), by what had happened until then."""
    return States(*(column[0] for column in states_of([known], moments, model)))


def states_of(many: Sequence[Doses], moments: Floats, model: Model) -> States:
    """Return the same of many relationships at once: a row for each, a column per moment."""
    met = [index for index, known in enumerate(many) if known.occurred.size]
    if not met:
        nothing = np.zeros((len(many), moments.size))
        return States(nothing * np.nan, *(nothing for _ in States._fields[1:]))
    together = Together.of([many[index] for index in met])
    found = together.states(moments, model)
    columns = [np.zeros((len(many), moments.size)) for _ in States._fields]
    columns[0][:] = np.nan
    for column, its in zip(columns, found, strict=True):
        column[met] = its.T
    return States(*columns)


class Together(NamedTuple):
    """The doses of relationships one after the other, and where each relationship and each day of it begins."""

    known: Doses
    begins: NDArray[np.intp]
    day_begins: NDArray[np.intp]
    days: Floats
    first_days: NDArray[np.intp]
    """Among the days, where those of each relationship begin."""

    @classmethod
    def of(cls, many: Sequence[Doses]) -> Self:
        """Put doses together; none of them may be empty."""
        known = Doses(*(np.concatenate(columns) for columns in zip(*many, strict=True)))
        sizes = np.array([one.occurred.size for one in many])
        begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        is_new = np.diff(known.days, prepend=-np.inf) != 0
        is_new[begins] = True
        day_begins = np.flatnonzero(is_new)
        return cls(known, begins, day_begins, known.days[day_begins], np.searchsorted(day_begins, begins))

    def states(self, moments: Floats, model: Model) -> States:
        """Return the states, a row per moment and a column per relationship."""
        known = self.known
        happened = (known.occurred <= moments[:, np.newaxis]).astype(np.float64)
        sums = {channel: self._sum(channel, happened, moments, model) for channel in CHANNELS}
        touched = np.add.reduceat(happened * known.is_touch, self.day_begins, axis=1) > 0
        is_met = np.add.reduceat(happened, self.begins, axis=1) > 0
        return States(
            as_of=np.where(is_met, moments[:, np.newaxis], np.nan),
            **sums,
            touch_days=np.add.reduceat(touched.astype(np.float64), self.first_days, axis=1),
            evidence=np.add.reduceat(happened * (known.contact + known.accord + known.strain), self.begins, axis=1),
        )

    def _sum(self, channel: str, happened: Floats, moments: Floats, model: Model) -> Floats:
        values = getattr(self.known, channel)
        if not values.any():
            return np.zeros((moments.size, self.begins.size))
        half_life = getattr(model.half_life_days, channel) * DAY_SECONDS
        if channel not in DAILY:
            weighed = happened * values * _decay(moments, self.known.occurred, half_life)
            return np.asarray(np.add.reduceat(weighed, self.begins, axis=1))
        by_day = np.add.reduceat(happened * _at_midnight(self.known, values, half_life), self.day_begins, axis=1)
        held = np.minimum(by_day, model.dose.day_most) * _decay(moments, self.days * DAY_SECONDS, half_life)
        return np.asarray(np.add.reduceat(held, self.first_days, axis=1))


def readings(known: Doses, moments: Floats, model: Model) -> Readings:
    """Return the reading as of each moment."""
    return read(states(known, moments, model), moments, model)


def points_at(known: Doses, moment: float, model: Model) -> float:
    """Return the score at a moment, however little is known."""
    return float(points(states(known, np.array([moment]), model), moment, model)[0])


def _at_midnight(known: Doses, values: Floats, half_life: float) -> Floats:
    """Return the doses as of the midnight before, where those of a day meet."""
    return np.asarray(values * np.exp(LN_2 * (known.occurred - known.days * DAY_SECONDS) / half_life))


def _decay(moments: Floats, since: Floats, half_life: float) -> Floats:
    """Return what a dose of one given at `since` weighs at each moment; before it was given it weighs nothing."""
    elapsed = np.maximum(moments[:, np.newaxis] - since, 0.0)
    return np.asarray(np.exp(-LN_2 * elapsed / half_life))


def contributions(known: Doses, moment: float, model: Model) -> dict[str, Floats]:
    """Return each touchpoint's points of each channel at the moment; they add up to the channel, 0 to 100."""
    state = states(known, np.array([moment]), model)
    reading = read(state, moment, model)
    return {
        channel: _share(_parts(known, channel, moment, model), float(getattr(reading, channel)[0]))
        for channel in CHANNELS
    }


def _share(parts: Floats, channel: float) -> Floats:
    whole = parts.sum()
    return parts * (channel / whole) if whole > 0 else np.zeros_like(parts)


def _parts(known: Doses, channel: str, moment: float, model: Model) -> Floats:
    half_life = getattr(model.half_life_days, channel) * DAY_SECONDS
    happened = (known.occurred <= moment).astype(np.float64)
    values = getattr(known, channel) * happened
    decayed = values * np.exp(-LN_2 * np.maximum(moment - known.occurred, 0.0) / half_life)
    if channel not in DAILY or not known.occurred.size:
        return np.asarray(decayed)
    days, day = np.unique(known.days, return_inverse=True)
    sums = np.bincount(day, _at_midnight(known, values, half_life), days.size)
    held = np.minimum(1.0, model.dose.day_most / np.where(sums > 0, sums, 1.0))
    return np.asarray(decayed * held[day])


def score_parts(reading: Mapping[str, float], model: Model) -> dict[str, float]:
    """Return the points that each channel brings to the score; strain's are what it takes. They add up to it.

    The score multiplies what is missing per channel; in logarithms that is a sum, and each channel gets its share.
    """
    most = model.reading.most
    logs = {name: -float(np.log1p(-getattr(most, name) * reading[name] / 100)) for name in CHANNELS[:4]}
    whole = sum(logs.values())
    fed = -100 * float(np.expm1(-whole))
    parts = {name: fed * value / whole if whole else 0.0 for name, value in logs.items()}
    return parts | {"strain": reading["score"] - fed}


def rhythm_days(known: Doses, moment: float) -> float | None:
    """Return the mean number of days between touch days of the half year before; None before there are two."""
    days = known.days
    lately = days[(known.is_touch > 0) & (known.occurred <= moment) & (days > moment / DAY_SECONDS - RHYTHM_DAYS)]
    gaps = np.count_nonzero(np.diff(lately))
    return float((lately[-1] - lately[0]) / gaps) if gaps else None
