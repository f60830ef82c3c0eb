"""What a touch would do: the state with it added, to be read and forecast like any other."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shared.alignment.model import CHANNELS, Model, Weights
from shared.alignment.reading import DAY_SECONDS, LN_2, Floats, States
from shared.forms import NUMBERS
from shared.vocabulary import Direction, Facet, Kind


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch that has not happened: its kind and the facts that make its dose."""

    kind: Kind
    direction: Direction = Direction.MUTUAL
    quality: str = ""
    minutes: float | None = None
    breadth: int = 1
    intensity: float | None = None
    """Depth or severity, 0 to 1."""


class Feasible(NamedTuple):
    """A touch that somebody could make this week."""

    words: str
    touch: Touch


FEASIBLE = (
    Feasible("a 30-minute meeting", Touch(Kind.MEETING, minutes=30)),
    Feasible("a 15-minute call", Touch(Kind.CALL, minutes=15)),
    Feasible(
        "an open talk in which they tell what worries them",
        Touch(Kind.DISCLOSURE, Direction.MUTUAL, Facet.DISCLOSURE, intensity=0.7),
    ),
)


def dose(touch: Touch, weights: Weights, model: Model) -> float:
    """Return how much the touch counts, 0 to 1, before its weights; SQL's `projector.dose` is the same."""
    length = 1.0
    if weights.full_minutes is not None:
        minutes = weights.usual_minutes if touch.minutes is None else touch.minutes
        length = min(1.0, math.sqrt((minutes or 0.0) / weights.full_minutes))
    intensity = 1.0 if touch.intensity is None else touch.intensity
    thinned = float(touch.breadth**-model.dose.breadth_exponent)
    return length * thinned * intensity


class Gains(NamedTuple):
    """What a touch adds to the sums of a relationship, as of its moment."""

    contact: float
    dialogue: float
    depth: float
    accord: float
    strain: float
    touch_days: int
    evidence: float


def gains(touch: Touch, model: Model) -> Gains:
    """Return what a touch adds on a day with nothing else: to contact and dialogue its ceiling at most."""
    weights = model.weights_of(NUMBERS[touch.kind, touch.direction, touch.quality])
    counts, most = dose(touch, weights, model), model.dose.day_most
    return Gains(
        min(counts * weights.contact, most),
        min(counts * weights.dialogue, most),
        counts * weights.depth,
        counts * weights.accord,
        counts * weights.strain,
        int(weights.is_touch and touch.breadth < model.dose.broad_from),
        counts * (weights.contact + weights.accord + weights.strain),
    )


def with_touch(states: States, touch: Touch, moments: Floats | float, model: Model) -> States:
    """Return the states as they would be had the touch happened at `moments` (seconds since 1970).

    The day is taken to hold nothing else, so that contact and dialogue gain at most the day's ceiling.
    """
    added = gains(touch, model)
    as_of = np.where(np.isnan(states.as_of), moments, states.as_of)
    sums = {}
    for channel in CHANNELS:
        half_life = getattr(model.half_life_days, channel) * DAY_SECONDS
        grown = getattr(added, channel) * np.exp(LN_2 * (moments - as_of) / half_life)
        sums[channel] = getattr(states, channel) + grown
    return States(
        as_of=as_of,
        **sums,
        touch_days=states.touch_days + added.touch_days,
        evidence=states.evidence + added.evidence,
    )
