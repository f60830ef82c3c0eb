"""What would help: touches that somebody could make this week, and what each would bring. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import NamedTuple

import numpy as np

from shared.alignment.counterfactual import FEASIBLE, with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import Model
from shared.alignment.reading import Floats, States, points
from shared.judging.reasons import OF_SILENCE
from shared.vocabulary import Kind, Reason


class Rules(NamedTuple):
    """By what a relationship is judged."""

    line: float
    """The score under which it fades: its own, its role's, or everyone's."""
    cadence_days: float | None
    """The rhythm that was agreed."""


class Help(NamedTuple):
    """What a touch that somebody could make would bring."""

    words: str
    score: float
    drifts_at: datetime | None
    """When it would drift in silence after that; None where it would not be over its line, or for years."""
    is_over: bool
    """Whether it would be over the line."""


Case = tuple[int, int]
"""Which relationship, and which of the feasible touches."""


def helps(states: States, rules: Sequence[Rules], model: Model, now: datetime) -> list[list[Help]]:
    """Return of each relationship what each touch would bring, had it happened now."""
    cases = [(row, touch) for row in range(len(rules)) for touch in range(len(FEASIBLE))]
    told = iter(_told(states, cases, rules, model, now))
    return [[next(told) for _ in FEASIBLE] for _ in rules]


def enough(
    states: States, rules: Sequence[Rules], reasons: Sequence[str], model: Model, now: datetime
) -> list[Help | None]:
    """Return of each relationship what mends its reason most easily; None where no touch does.

    That is the first touch that is enough for the line, else the one that brings most.
    """
    scores = [points(after, now.timestamp(), model) for after in _after(states, model, now)]
    chosen = [
        _chosen([float(by_touch[row]) for by_touch in scores], rule.line, reason)
        for row, (rule, reason) in enumerate(zip(rules, reasons, strict=True))
    ]
    # Only of these it is solved for when they fall again, which takes longest.
    cases = [(row, touch) for row, touch in enumerate(chosen) if touch is not None]
    told = iter(_told(states, cases, rules, model, now))
    return [None if touch is None else next(told) for touch in chosen]


def _chosen(scores: Sequence[float], line: float, reason: str) -> int | None:
    """Return which touch: what is no silence is mended by a talk that goes deep, and a promise by keeping it alone."""
    if reason == Reason.UNKEPT:
        return None
    of = [at for at, (_, touch) in enumerate(FEASIBLE) if reason in OF_SILENCE or touch.kind is Kind.DISCLOSURE]
    return next((at for at in of if scores[at] >= line), max(of, key=scores.__getitem__))


def _after(states: States, model: Model, now: datetime) -> list[States]:
    return [with_touch(states, touch, now.timestamp(), model) for _, touch in FEASIBLE]


def _told(states: States, cases: Sequence[Case], rules: Sequence[Rules], model: Model, now: datetime) -> list[Help]:
    after, at = _after(states, model, now), now.timestamp()
    cased = States(*(np.array([getattr(after[touch], name)[row] for row, touch in cases]) for name in States._fields))
    lines = np.array([rules[row].line for row, _ in cases])
    falls = _falls(cased, lines, at, model)
    return [
        _help(FEASIBLE[touch].words, rules[row], float(score), float(fall), now)
        for (row, touch), score, fall in zip(cases, points(cased, at, model), falls, strict=True)
    ]


def _falls(states: States, lines: Floats, at: float, model: Model) -> Floats:
    found = np.full(lines.size, np.nan)
    for line in np.unique(lines):
        rows = np.flatnonzero(lines == line)
        found[rows] = falls_under(states.of(rows), float(line), np.full(rows.size, at), model)
    return found


def _help(words: str, rules: Rules, score: float, falls: float, now: datetime) -> Help:
    is_over = score >= rules.line
    falls_at = None if isnan(falls) else datetime.fromtimestamp(falls, UTC)
    due_at = now + timedelta(days=rules.cadence_days) if rules.cadence_days else None
    drifts_at = min((moment for moment in (falls_at, due_at) if moment), default=None)
    return Help(words, score, drifts_at if is_over else None, is_over)
