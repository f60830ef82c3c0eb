"""What an alert says beyond its reasons: the touches behind it, what comes next, and what would help. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from shared.alignment.counterfactual import FEASIBLE, Feasible, with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import Model
from shared.alignment.reading import States, points
from shared.judging.reasons import lines_of, overdue_at
from shared.judging.relationship import Relationship


def contents(
    relationships: Sequence[Relationship],
    rows: Sequence[Mapping[str, Any]],
    touches: Mapping[int, list[dict[str, Any]]],
    model: Model,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the content of each relationship's alert; `rows` are their states."""
    states = States(*(np.array([row[name] for row in rows], dtype=np.float64) for name in States._fields))
    line = [lines_of(its, model).fading for its in relationships]
    helps = [_helps(relationships, states, line, feasible, model, now) for feasible in FEASIBLE]
    return [
        {
            "touches": touches.get(its.relationship_id, []),
            "forecast": forecast(its),
            "what_if": [each[number] for each in helps],
        }
        for number, its in enumerate(relationships)
    ]


def forecast(relationship: Relationship) -> str | None:
    """Say what silence alone will bring next."""
    outlook = relationship.outlook
    if outlook.falls_at is not None:
        return f"without a touch the score falls under the line on {outlook.falls_at:%-d %B %Y}"
    if outlook.recovers_at is not None:
        return f"strain fades: the score is well over the line again on {outlook.recovers_at:%-d %B %Y}"
    if outlook.fell_at is not None:
        return "without a touch the score stays under the line"
    return None


def _helps(
    relationships: Sequence[Relationship],
    states: States,
    lines: Sequence[float],
    feasible: Feasible,
    model: Model,
    now: datetime,
) -> list[dict[str, Any]]:
    moments = np.full(len(relationships), now.timestamp())
    after = with_touch(states, feasible.touch, moments, model)
    scores = points(after, moments, model)
    falls = np.full(len(relationships), np.nan)
    for line in set(lines):
        rows = np.flatnonzero(np.array(lines) == line)
        falls[rows] = falls_under(after.of(rows), line, moments[rows], model)
    return [
        _help(its, feasible, float(score), _moment(fall) if score >= line else None, now)
        for its, score, fall, line in zip(relationships, scores, falls, lines, strict=True)
    ]


def _help(
    relationship: Relationship, feasible: Feasible, score: float, falls_at: datetime | None, now: datetime
) -> dict[str, Any]:
    outlook = relationship.outlook
    drifts_at = outlook.fell_at or _earliest(outlook.falls_at, overdue_at(relationship))
    due_again_at = now + relationship.cadence if relationship.cadence else None
    would_drift_at = falls_at and _earliest(falls_at, due_again_at)
    return {
        "touch": feasible.words,
        "score": score,
        "drifts_at": would_drift_at,
        "sentence": _sentence(
            feasible.words, score, drifts_at if drifts_at and drifts_at > now else None, would_drift_at
        ),
    }


def _sentence(words: str, score: float, before: datetime | None, after: datetime | None) -> str:
    if after is None:
        return f"{words} this week alone would not bring the score over the line: {score:.0f} points"
    if before is None:
        return f"{words} this week ends the drift until {after:%-d %B %Y}: {score:.0f} points"
    return f"{words} this week moves drift from {before:%-d %B %Y} to {after:%-d %B %Y}: {score:.0f} points"


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _moment(second: float) -> datetime | None:
    return None if np.isnan(second) else datetime.fromtimestamp(float(second), UTC)
