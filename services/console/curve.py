"""One relationship over time, from what each touchpoint brought: past, forecast, and what if.

The same arithmetic as `projector.folded` and `attune.explain`, for many moments at once and for touches that never
happened; property tests hold them equal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from shared.alignment.counterfactual import Touch, dose
from shared.alignment.model import CHANNELS, Model
from shared.alignment.reading import DAY_SECONDS, LN_2, Floats, Readings, States, read
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


def doses(rows: Sequence[Mapping[str, Any]], known_at: datetime | None = None) -> Doses:
    """Return the doses of a history; with `known_at` as far as it had been recorded by then."""
    known = sorted((row for row in rows if is_known(row, known_at)), key=lambda row: row["occurred"])
    return Doses(*(np.array([row[name] for row in known], dtype=np.float64) for name in Doses._fields))


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
        weights = next(row for row in model.weight_table() if row.form == number)
        counts = dose(touch, weights, model)
        is_touch = weights.is_touch and touch.breadth < model.dose.broad_from
        row = [moment, *(counts * getattr(weights, channel) for channel in CHANNELS), float(is_touch)]
        at = int(np.searchsorted(known.occurred, moment, side="right"))
        known = Doses(*(np.insert(column, at, value) for column, value in zip(known, row, strict=True)))
    return known


def states(known: Doses, moments: Floats, model: Model) -> States:
    """Return the state as of each moment (seconds since 1970), by what had happened until then."""
    happened = (known.occurred <= moments[:, np.newaxis]).astype(np.float64)
    sums = {channel: _sum(known, channel, happened, moments, model) for channel in CHANNELS}
    evidence = happened @ (known.contact + known.accord + known.strain)
    touched = _by_day(known, happened * known.is_touch)
    return States(
        as_of=np.where(happened.any(axis=1), moments, np.nan),
        **sums,
        touch_days=(touched > 0).sum(axis=1).astype(np.float64),
        evidence=evidence,
    )


def readings(known: Doses, moments: Floats, model: Model) -> Readings:
    """Return the reading as of each moment."""
    return read(states(known, moments, model), moments, model)


def _sum(known: Doses, channel: str, happened: Floats, moments: Floats, model: Model) -> Floats:
    half_life = getattr(model.half_life_days, channel) * DAY_SECONDS
    values = getattr(known, channel)
    if channel not in DAILY:
        return np.asarray((happened * values * _decay(moments, known.occurred, half_life)).sum(axis=1))
    days = np.unique(known.days)
    at_midnight = values * np.exp(LN_2 * (known.occurred - known.days * DAY_SECONDS) / half_life)
    by_day = np.minimum(_by_day(known, happened * at_midnight), model.dose.day_most)
    return np.asarray((by_day * _decay(moments, days * DAY_SECONDS, half_life)).sum(axis=1))


def _by_day(known: Doses, values: Floats) -> Floats:
    """Return the sums of each day, a column per day, from a column per touchpoint."""
    if not known.occurred.size:
        return np.zeros((values.shape[0], 0))
    starts = np.flatnonzero(np.diff(known.days, prepend=-np.inf))
    return np.asarray(np.add.reduceat(values, starts, axis=1))


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
    at_midnight = values * np.exp(LN_2 * (known.occurred - known.days * DAY_SECONDS) / half_life)
    sums = _by_day(known, at_midnight[np.newaxis])[0]
    held = np.minimum(1.0, model.dose.day_most / np.where(sums > 0, sums, 1.0))
    _, day = np.unique(known.days, return_inverse=True)
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
    days = np.unique(known.days[(known.is_touch > 0) & (known.occurred <= moment)])
    lately = days[days > moment / DAY_SECONDS - RHYTHM_DAYS]
    return float((lately[-1] - lately[0]) / (lately.size - 1)) if lately.size > 1 else None
