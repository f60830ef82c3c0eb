"""Reads states as of a moment: channels as shares of 100, the score and its band.

The SQL function `projector.read` is the same arithmetic; a property test holds the two equal.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.alignment.model import Model
from shared.vocabulary import Band

Floats = NDArray[np.float64]

DAY_SECONDS = 86_400.0
LN_2 = 0.6931471805599453
NEGLIGIBLE = 1e-100
"""A sum under it is nothing, so that decades of decay never leave the range of a double."""


class States(NamedTuple):
    """States of many relationships, one array per column: sums as of `as_of`, in seconds since 1970."""

    as_of: Floats
    """nan where nothing ever happened."""
    contact: Floats
    dialogue: Floats
    depth: Floats
    accord: Floats
    strain: Floats
    touch_days: Floats
    evidence: Floats

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "States":
        """Return the states of some relationships."""
        return States(*(column[rows] for column in self))

    def upright(self) -> "States":
        """Return each column standing, so that it meets a row of moments per relationship."""
        return States(*(column[:, np.newaxis] for column in self))


class Readings(NamedTuple):
    """How relationships stand, 0 to 100; where evidence is thin the score is nan and the band unknown."""

    score: Floats
    band: NDArray[np.str_]
    contact: Floats
    dialogue: Floats
    depth: Floats
    accord: Floats
    strain: Floats


def read(states: States, moments: Floats | float, model: Model) -> Readings:
    """Return the readings as of `moments` (seconds since 1970)."""
    shares = _shares(states, moments, model)
    known = is_known(states, model)
    score = points(states, moments, model)
    bands = model.bands
    band = np.select(
        [~known, score >= bands.aligned_min, score >= bands.cooling_min],
        [Band.UNKNOWN, Band.ALIGNED, Band.COOLING],
        Band.MISALIGNED,
    )
    return Readings(np.where(known, score, np.nan), band, *(100 * share for share in shares))


def points(states: States, moments: Floats | float, model: Model) -> Floats:
    """Return the score, 0 to 100, of known and unknown relationships alike."""
    contact, dialogue, depth, accord, _ = _shares(states, moments, model)
    most, full = model.reading.most, model.reading.full
    missing = (
        (1 - most.contact * contact)
        * (1 - most.dialogue * dialogue)
        * (1 - most.depth * depth)
        * (1 - most.accord * accord)
    )
    strain = faded(states.strain, moments - states.as_of, model.half_life_days.strain)
    shaken = np.exp(-strain / (full.strain * (1 + model.reading.cushion * depth)))
    return np.asarray(100 * (1 - missing) * shaken)


def is_known(states: States, model: Model) -> NDArray[np.bool_]:
    """Say where there is enough to judge by; silence alone never changes it."""
    evidence = model.evidence
    enough = (states.touch_days >= evidence.touch_days_min) | (states.evidence >= evidence.evidence_min)
    return np.asarray(enough)


def faded(value: Floats, elapsed: Floats | float, half_life_days: float) -> Floats:
    """Return what a sum is worth `elapsed` seconds later (earlier when negative)."""
    half_life = half_life_days * DAY_SECONDS
    gone = (value < NEGLIGIBLE) | (elapsed > 300 * half_life)
    # What is gone is masked before exp, which would overflow for the far past of nothing.
    return np.asarray(np.where(gone, 0.0, value * np.exp(np.where(gone, 0.0, -LN_2 * elapsed / half_life))))


def _shares(states: States, moments: Floats | float, model: Model) -> list[Floats]:
    """Return contact, dialogue, depth, accord and strain, each 0 to 1."""
    elapsed, half_life, full = moments - states.as_of, model.half_life_days, model.reading.full
    return [
        1 - np.exp(-faded(states.contact, elapsed, half_life.contact) / full.contact),
        1 - np.exp(-faded(states.dialogue, elapsed, half_life.dialogue) / full.dialogue),
        1 - np.exp(-faded(states.depth, elapsed, half_life.depth) / full.depth),
        1 - np.exp(-faded(states.accord, elapsed, half_life.accord) / full.accord),
        1 - np.exp(-faded(states.strain, elapsed, half_life.strain) / full.strain),
    ]
