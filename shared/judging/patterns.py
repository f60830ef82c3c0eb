"""Since when, and until when, a relationship shows a pattern if it stays silent: arithmetic on its sums.

While nothing happens every sum halves with its half-life, so a channel's share comes down to a line exactly once:
`as_of + half_life * log2(sum / sum at the line)`.
"""

import math
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from shared.alignment.model import Lines, Model
from shared.alignment.risk import rate
from shared.judging.relationship import Sums

DAY = timedelta(days=1)
FORESIGHT_DAYS = 3652.5
NARROWINGS = 40


class Pattern(NamedTuple):
    """A pattern of silence: it holds from `begins_at` (None: since something happened) until `ends_at`."""

    begins_at: datetime | None
    ends_at: datetime | None


def share(sums: Sums, channel: str, moment: datetime, model: Model) -> float:
    """Return a channel's points at the moment, 0 to 100."""
    full = getattr(model.reading.full, channel)
    return -100 * math.expm1(-worth(sums, channel, moment, model) / full)


def comes_down_to(sums: Sums, channel: str, line: float, model: Model) -> datetime | None:
    """Return when silence brings a channel's share down to the line (0 to 100); None where it never was above."""
    full, now = float(getattr(model.reading.full, channel)), float(getattr(sums, channel))
    at_line = -full * math.log1p(-min(line, 99.999999) / 100)
    if now <= 0:
        return None
    if at_line <= 0:
        return sums.as_of + FORESIGHT_DAYS * DAY
    half_lives = math.log2(now / at_line)
    days = half_lives * float(getattr(model.half_life_days, channel))
    return sums.as_of + max(-FORESIGHT_DAYS, min(days, FORESIGHT_DAYS)) * DAY


def much_and_little(sums: Sums, little: str, lines: tuple[float, float], model: Model) -> Pattern | None:
    """Return when contact is at its line or over while the other channel is under its own; None where never."""
    much_min, little_max = lines
    ends_at = comes_down_to(sums, "contact", much_min, model)
    if ends_at is None:
        return None
    begins_at = comes_down_to(sums, little, little_max, model)
    return None if begins_at is not None and begins_at >= ends_at else Pattern(begins_at, ends_at)


class Pace(NamedTuple):
    """Their own pace at the last touch, and how it was of late."""

    own: float
    """Touch days a horizon, over the long run."""
    late: float
    """The same over the last horizon or so."""
    last_touch_at: datetime
    half_life: timedelta
    """Of what `late` is counted with."""
    horizon: timedelta

    def missed(self, moment: datetime) -> float:
        """Return how many touches their own pace would have brought since the last one."""
        return max(0.0, self.own * ((moment - self.last_touch_at) / self.horizon))

    def present(self, moment: datetime) -> float:
        """Return the pace as of the moment as a share of their own."""
        faded = math.exp2(-max(0.0, (moment - self.last_touch_at) / self.half_life))
        return self.late * faded / self.own

    def cools_at(self, lines: Lines) -> datetime:
        """Return when silence alone makes the relationship cool: enough is missed, and the pace well under."""
        missed = lines.cooling_missed_min / self.own
        slowed = max(0.0, math.log2(self.late / self.own / lines.cooling_pace_max))
        days = max(missed * (self.horizon / DAY), slowed * (self.half_life / DAY))
        return self.last_touch_at + min(days, FORESIGHT_DAYS) * DAY


def pace(sums: Sums, lines: Lines, model: Model) -> Pace | None:
    """Return the pace, or None where there is too little to call it one."""
    if sums.first_touch_at is None or sums.last_touch_at is None or sums.touch_days < lines.cooling_touch_days_min:
        return None
    paces, horizon = model.horizon, timedelta(days=model.horizon.days)
    tenure = (sums.last_touch_at - sums.first_touch_at + DAY) / horizon
    if tenure < 1:
        return None
    late, own = (
        max(1.0, value * 2.0 ** -((sums.last_touch_at - sums.as_of) / (half_life * horizon)))
        for value, half_life in ((sums.pace, paces.pace), (sums.pace_slow, paces.pace_slow))
    )
    return Pace(
        _rate(own, tenure, paces.pace_slow),
        _rate(late, tenure, paces.pace),
        sums.last_touch_at,
        horizon * paces.pace,
        horizon,
    )


def _rate(of: float, tenure: float, half_life: float) -> float:
    return float(rate(np.array([of]), np.array([tenure]), half_life)[0])


def worth(sums: Sums, channel: str, moment: datetime, model: Model) -> float:
    """Return a channel's sum at the moment."""
    days = (moment - sums.as_of) / DAY
    exponent = -days / getattr(model.half_life_days, channel)
    value: float = getattr(sums, channel)
    return 0.0 if value <= 0 or exponent < -300 else value * 2.0 ** min(exponent, 300.0)  # noqa: PLR2004 -- as the reading does
