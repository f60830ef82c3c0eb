"""How much of the score strain takes, and when silence alone makes it more or less than a line: arithmetic on sums.

With strain s and depth d, both halving with their half-lives, strain takes the share

    1 - exp(-s / (full * (1 + cushion * (1 - exp(-u)))))     u = d / full of depth

of the score. In silence it grows exactly while the cushion fades faster than the strain does, that is while

    pull(u) = cushion * u * exp(-u) / (1 + cushion * (1 - exp(-u)))  >  half-life of depth / half-life of strain.

`pull` is always under 1, because u * exp(-u) < 1 - exp(-u): where depth lasts as long as strain or longer, as in the
model that ships, silence never makes anybody shaken. Where depth is gone sooner, it can. `pull` has one peak (its
slope has the sign of (1 - u) * (1 + cushion) - cushion * exp(-u), which falls), so that the share shrinks, grows and
shrinks again at most: between two turns, which are solved for, it crosses a line once.
"""

import math
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

from shared.alignment.model import Model
from shared.judging.patterns import DAY, FORESIGHT_DAYS, NARROWINGS, share, worth
from shared.judging.relationship import Sums

MUCH_DEPTH = 700.0
"""In full depths: so much cushions as well as any more."""


def loss(sums: Sums, moment: datetime, model: Model) -> float:
    """Return the share of the score that strain takes, 0 to 1."""
    strain = worth(sums, "strain", moment, model)
    cushion = model.reading.full.strain * (1 + model.reading.cushion * share(sums, "depth", moment, model) / 100)
    return -math.expm1(-strain / cushion)


def loss_ends_at(sums: Sums, line: float, moment: datetime, model: Model) -> datetime | None:
    """Return when silence first brings a loss that is at the line or over it under the line; None where it does not."""
    return _crosses_at(sums, line, moment, model, to_over=False)


def loss_begins_at(sums: Sums, line: float, moment: datetime, model: Model) -> datetime | None:
    """Return when silence first brings a loss that is under the line up to it; None where it does not."""
    return _crosses_at(sums, line, moment, model, to_over=True)


def _crosses_at(sums: Sums, line: float, moment: datetime, model: Model, *, to_over: bool) -> datetime | None:
    def is_beyond(days: float) -> bool:
        return (loss(sums, moment + days * DAY, model) >= line) == to_over

    turns = [days for at in _turns(sums, model) if 0 < (days := (at - moment) / DAY) < FORESIGHT_DAYS]
    for start, stop in pairwise([0.0, *turns, FORESIGHT_DAYS]):
        if not is_beyond(start) and is_beyond(stop):
            return moment + _narrowed(is_beyond, start, stop) * DAY
    return None


def _turns(sums: Sums, model: Model) -> list[datetime]:
    """Return when the loss begins to grow, and when it is at its highest; nothing where it only shrinks."""
    half_life, cushion = model.half_life_days, model.reading.cushion
    ratio = half_life.depth / half_life.strain
    if ratio >= 1 or sums.strain <= 0 or sums.depth <= 0:
        return []

    def pulls(depth: float) -> bool:
        return cushion * depth * math.exp(-depth) > ratio * (1 + cushion * -math.expm1(-depth))

    most = _narrowed(lambda u: (1 - u) * (1 + cushion) <= cushion * math.exp(-u), 0.0, 1.0)
    if not pulls(most):
        return []
    deep = _narrowed(lambda depth: not pulls(depth), most, MUCH_DEPTH)
    shallow = _narrowed(pulls, 0.0, most)
    of_full = sums.depth / model.reading.full.depth
    days = (half_life.depth * math.log2(of_full / turn) for turn in (deep, shallow))
    return [sums.as_of + max(-FORESIGHT_DAYS, min(its, FORESIGHT_DAYS)) * DAY for its in days]


def _narrowed(is_reached: Callable[[float], bool], low: float, high: float) -> float:
    """Return where between the two something comes to be reached that stays so."""
    for _ in range(NARROWINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return high
