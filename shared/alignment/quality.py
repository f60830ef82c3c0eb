"""How well a risk foresaw silence: ranking, calibration, and what alerting on it would have cost.

Risks need not be probabilities unless said so: any number will do that is higher where silence is likelier.
A *silence* is the time from one touch to the next; longer than the horizon it is a *dormancy*, which the plain
rule "no touch for a horizon" would notice at last touch + horizon. A detector alerts once per silence, at the
first decision whose risk reaches the line, and only if half a horizon before that rule at least.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shared.alignment.hindsight import Flags, Past
from shared.alignment.risk import Floats, Integers

YEAR_DAYS = 365.25


class Curve(NamedTuple):
    """Share of the silent found, over the share of the others that come with them; each from 0 to 1."""

    false_share: Floats
    true_share: Floats


class Bin(NamedTuple):
    """Decisions of about the same risk, and how often silence came of them."""

    risk_min: float
    risk_max: float
    decisions: int
    mean_risk: float
    silent_share: float


@dataclass(frozen=True, slots=True)
class Alerts:
    """What alerting at one line would have been like; moments in days since 1970."""

    wanted_recall: float
    line: float
    recall: float
    lead_days: float
    """median, over the dormancies foreseen, of days before the plain rule"""
    false_share: float
    per_year: float
    """alerts per judged stakeholder-year"""
    false_per_year: float
    alerted_at: Floats
    is_true: Flags


def roc(silent: Flags, risk: Floats) -> Curve:
    """Return the curve from (0, 0) to (1, 1); equal risks are one step of it."""
    order = np.argsort(-risk, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(risk[order])), len(order) - 1]
    found = np.cumsum(silent[order])[last]
    others = last + 1 - found
    return Curve(np.r_[0, others] / max(others[-1], 1), np.r_[0, found] / max(found[-1], 1))


def area_under_curve(silent: Flags, risk: Floats) -> float:
    """Return how often a decision before silence has the higher risk than another, ties half; nan if one is missing."""
    if silent.all() or not silent.any():
        return float("nan")
    curve = roc(silent, risk)
    return float(np.trapezoid(curve.true_share, curve.false_share))


def average_precision(silent: Flags, risk: Floats) -> float:
    """Return the mean, over the silent, of the share of silent among all at least as risky; nan if there are none."""
    if not silent.any():
        return float("nan")
    order = np.argsort(-risk, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(risk[order])), len(order) - 1]
    found = np.cumsum(silent[order])[last]
    return float((np.diff(found, prepend=0) * found / (last + 1)).sum() / found[-1])


def brier(silent: Flags, risk: Floats) -> float:
    """Return the mean squared error of a probability: 0 is perfect, 0.25 is a coin."""
    return float(np.mean((risk - silent) ** 2))


def reliability(silent: Flags, risk: Floats, bins: int = 10) -> list[Bin]:
    """Return equally wide bins of a probability, without the empty ones."""
    number = np.minimum((risk * bins).astype(np.int64), bins - 1)
    found = []
    for one in np.unique(number).tolist():
        inside = number == one
        means = float(risk[inside].mean()), float(silent[inside].mean())
        found.append(Bin(one / bins, (one + 1) / bins, int(inside.sum()), *means))
    return found


class _Silences(NamedTuple):
    """Decisions in time that still count, sorted by silence, and each silence's begin among them."""

    past: Past
    risk: Floats
    begin: Integers
    number: Integers
    is_dormancy: Flags


def _silences(past: Past, risk: Floats) -> _Silences:
    in_time = past.silence <= past.horizon_days / 2
    kept, risk = past.at(in_time), risk[in_time]
    order = np.lexsort((kept.decided_at, kept.last_touch, kept.relationship))
    kept, risk = kept.at(order), risk[order]
    is_new = (np.diff(kept.relationship, prepend=-1) != 0) | (np.diff(kept.last_touch, prepend=-np.inf) != 0)
    begin = np.flatnonzero(is_new)
    is_dormancy = (kept.next_touch > kept.last_touch + kept.horizon_days)[begin]
    return _Silences(kept, risk, begin, np.cumsum(is_new) - 1, is_dormancy)


def alerts(past: Past, risk: Floats, recall: float) -> Alerts | None:
    """Return what the highest line would cost that foresees `recall` of the dormancies; None if there are none."""
    silences = _silences(past, risk)
    if not silences.is_dormancy.any():
        return None
    highest = np.sort(np.maximum.reduceat(silences.risk, silences.begin)[silences.is_dormancy])
    # A little less than recall * count, or rounding would ask for one more than that.
    line = highest[len(highest) - max(int(np.ceil(recall * len(highest) - 1e-9)), 1)]
    over = np.flatnonzero(silences.risk >= line)
    alerted, first = np.unique(silences.number[over], return_index=True)
    return _described(silences, recall, float(line), over[first], silences.is_dormancy[alerted])


def _described(silences: _Silences, recall: float, line: float, at: Integers, is_true: Flags) -> Alerts:
    past = silences.past
    lead = past.last_touch[at] + past.horizon_days - past.decided_at[at]
    years = len(past.relationship) * past.every_days / YEAR_DAYS
    return Alerts(
        wanted_recall=recall,
        line=line,
        recall=float(is_true.sum() / silences.is_dormancy.sum()),
        lead_days=float(np.median(lead[is_true])),
        false_share=float(1 - is_true.mean()),
        per_year=len(at) / years,
        false_per_year=float((~is_true).sum()) / years,
        alerted_at=past.decided_at[at],
        is_true=is_true,
    )
