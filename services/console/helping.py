"""What would help: touches that somebody could make this week, and what each would bring. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import NamedTuple

import numpy as np

from services.console.curve import Doses, states_of, with_touches
from shared.alignment.counterfactual import FEASIBLE
from shared.alignment.forecast import falls_under
from shared.alignment.model import Model
from shared.alignment.reading import Floats, States, points


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


def helps(known: Sequence[Doses], rules: Sequence[Rules], model: Model, now: datetime) -> list[list[Help]]:
    """Return of each relationship what each touch would bring, had it happened now."""
    at = now.timestamp()
    cases = [with_touches(doses, [(touch, at)], model) for doses in known for _, touch in FEASIBLE]
    states = States(*(column[:, 0] for column in states_of(cases, np.array([at]), model)))
    lines = np.repeat(np.array([rule.line for rule in rules]), len(FEASIBLE))
    scores, falls = points(states, at, model).tolist(), _falls(states, lines, at, model).tolist()
    brought = iter(zip(scores, falls, strict=True))
    return [[_help(words, rule, *next(brought), now) for words, _ in FEASIBLE] for rule in rules]


def enough(helps: Sequence[Help]) -> Help:
    """Return the first that would bring it over its line; where none would, the one that brings most."""
    return next((one for one in helps if one.is_over), max(helps, key=lambda one: one.score))


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
