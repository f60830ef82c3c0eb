"""Small pasts: who was touched on which days, and the decisions that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from shared.alignment.hindsight import DAY, TERMS, Hindsight, Past

HORIZON = 30.0
Touched = Mapping[int, Sequence[float]]


def taken(touched: Touched, initiatives: Sequence[int] | None = None, every: int = 7) -> Hindsight:
    """Take touches, given as days since 1970 by relationship."""
    pairs = sorted((day, who) for who, days in touched.items() for day in days)
    hindsight = Hindsight(np.array(initiatives or [0] * len(touched), np.int64), HORIZON, every)
    moments = np.array([round(day * DAY) for day, _ in pairs], np.int64)
    hindsight.take(moments, np.array([who for _, who in pairs], np.int64))
    return hindsight


def decided(*rows: tuple[int, float, float, float]) -> Past:
    """Return decisions given as relationship, decided_at, last_touch, next_touch."""
    who, at, last, following = (np.array(column) for column in zip(*rows, strict=True))
    gap, terms = np.ones(len(rows)), np.zeros((len(rows), TERMS), np.float32)
    dates = np.unique(at).astype(np.float64)
    known = at.astype(np.float64), last.astype(np.float64), following.astype(np.float64)
    return Past(HORIZON, 7, dates, who.astype(np.int64), *known, gap, terms)


def simulated(count: int, slopes: Sequence[float], seed: int = 1) -> Past:
    """Return decisions, four a relationship, whose outcome follows a logistic law with these slopes."""
    random = np.random.default_rng(seed)
    terms = random.normal(size=(count, len(slopes))).astype(np.float32)
    silent = random.random(count) < 1 / (1 + np.exp(-(terms @ np.array(slopes))))
    at = np.full(count, 100.0)
    following = np.where(silent, np.inf, 101.0)
    return Past(HORIZON, 7, at[:1], np.arange(count) // 4, at, at - 1, following, np.ones(count), terms)


def spread(past: Past, days: int = 700) -> Past:
    """Return the decisions, one after another over so many days."""
    at = np.floor(np.linspace(100, 100 + days, len(past.decided_at)) / past.every_days) * past.every_days
    following = np.where(past.went_silent, np.inf, at + 1)
    return replace(past, dates=np.unique(at), decided_at=at, last_touch=at - 1, next_touch=following)
