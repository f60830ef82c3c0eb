"""The curve of one relationship as pages and API show it: past, forecast, what was foreseen, and what if."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isnan, nan
from typing import Any, NamedTuple

import numpy as np

from services.console import curve
from services.console.curve import Doses
from services.console.helping import Help, helps
from services.console.parsing import Asked
from services.console.relationships import Past, reading_at
from services.console.store import Row
from shared.alignment.counterfactual import Touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import CHANNELS, Model
from shared.alignment.reading import Floats, States
from shared.vocabulary import Kind

AHEAD_DAYS = 60
DAY = 86_400.0
JUMPS_MAX = 200
"""Beyond so many touches a line is drawn without the foot of each jump: nobody could tell them apart."""


class Line(NamedTuple):
    """Scores at moments (seconds since 1970); None where too little was known."""

    moments: list[float]
    scores: list[float | None]


class Curve(NamedTuple):
    """Everything the picture and its words say."""

    at: datetime
    reading: Row
    past: Line
    forecast: Line
    since: Line
    """What became of it, where the curve stands at an earlier moment."""
    what_if: Line
    falls_at: datetime | None
    """When silence alone brings the score under the line."""
    falls_with_touch_at: datetime | None
    with_touch_score: float | None
    planned: list[datetime]
    falls_with_plan_at: datetime | None
    """When it falls under if the next booked meeting takes place; only where there is one before the fall."""
    line: float


def drawn(past: Past, asked: Asked) -> Curve:
    """Return the curve that is asked for."""
    everything, model = curve.doses(past.history, asked.known_at), past.model
    known = _until(everything, asked.at)
    at, end = asked.at.timestamp(), asked.at.timestamp() + AHEAD_DAYS * DAY
    ahead = np.arange(at, end + 1, DAY)
    planned = _planned(past.touches, asked)
    supposed, held = _supposed(known, asked, past.model), _held(known, planned, past.model)
    falls_at, falls_with, falls_held = falls([(known, asked.at), supposed, held], past.line, model)
    what_if = _line(supposed[0], _after(supposed[1], ahead), model) if supposed else Line([], [])
    return Curve(
        asked.at,
        reading_at(known, asked.at, model),
        _line(known, _moments(known, at - asked.days * DAY, at), model),
        _line(known, ahead, model),
        _line(_until(curve.doses(past.history), asked.now), _moments(everything, at, asked.now.timestamp()), model)
        if asked.ago_days
        else Line([], []),
        what_if,
        falls_at,
        falls_with,
        what_if.scores[0] if supposed else None,
        planned,
        falls_held if falls_at and planned and falls_at >= planned[0] else None,
        past.line,
    )


Case = tuple[Doses, datetime]
"""What has happened, and the moment from which nothing does any more."""


def falls(cases: Sequence[Case | None], line: float, model: Model) -> list[datetime | None]:
    """Return of each case when silence brings the score under the line: solved for together, as long as for one."""
    since = [np.array([case[1].timestamp()]) for case in cases if case]
    states = [curve.states(case[0], moment, model) for case, moment in zip(filter(None, cases), since, strict=True)]
    together = States(*(np.concatenate(column) for column in zip(*states, strict=True)))
    found = iter(falls_under(together, line, np.concatenate(since), model).tolist())
    seconds = [next(found) if case else nan for case in cases]
    return [None if isnan(second) else datetime.fromtimestamp(second, UTC) for second in seconds]


def known_at(past: Past, asked: Asked) -> Doses:
    """Return what had happened by the moment that is asked for, as far as was known."""
    return _until(curve.doses(past.history, asked.known_at), asked.at)


def _until(known: Doses, moment: datetime) -> Doses:
    happened = known.occurred <= moment.timestamp()
    return Doses(*(column[happened] for column in known))


def _moments(known: Doses, begin: float, end: float) -> Floats:
    """Return what to look at: each day, and both sides of each touch, so that a jump is a jump."""
    daily = np.append(np.arange(begin, end, DAY), end)
    touches = known.occurred[(known.occurred > begin) & (known.occurred <= end)]
    if touches.size > JUMPS_MAX:
        return daily
    return np.unique(np.concatenate([daily, touches - 1, touches]))


def _line(known: Doses, moments: Floats, model: Model) -> Line:
    scores = curve.readings(known, moments, model).score
    return Line(moments.tolist(), [None if np.isnan(score) else round(float(score), 2) for score in scores])


def _supposed(known: Doses, asked: Asked, model: Model) -> Case | None:
    if asked.touch is None or asked.touch_at is None:
        return None
    return curve.with_touches(known, [(asked.touch, asked.touch_at.timestamp())], model), asked.touch_at


def _held(known: Doses, planned: Sequence[datetime], model: Model) -> Case | None:
    """Return what will have happened if the next booked meeting takes place."""
    if not planned:
        return None
    return curve.with_touches(known, [(Touch(Kind.MEETING), planned[0].timestamp())], model), planned[0]


def _after(touch_at: datetime, ahead: Floats) -> Floats:
    touched = touch_at.timestamp()
    return np.unique(np.append(ahead[ahead > touched], touched))


def _planned(touches: Sequence[Row], asked: Asked) -> list[datetime]:
    """Return when meetings are booked after the moment, as far as was known, soonest first."""
    until = asked.known_at
    return sorted(
        row["occurred_at"]
        for row in touches
        if row["planned"]
        and row["occurred_at"] > asked.at
        and (
            row["retracted_at"] is None
            if until is None
            else row["recorded_at"] <= until and (row["retracted_at"] is None or row["retracted_at"] > until)
        )
    )


class Ahead(NamedTuple):
    """Where silence leads from now on, and what would help."""

    score: float | None
    line: float
    falls_at: datetime | None
    planned: list[datetime]
    helps: list[Help]


def ahead(past: Past, now: datetime) -> Ahead:
    """Return what lies ahead, without the curve that leads there."""
    known = _until(curve.doses(past.history), now)
    [falls_at] = falls([(known, now)], past.line, past.model)
    states = curve.states(known, np.array([now.timestamp()]), past.model)
    [helped] = helps(states, [past.rules], past.model, now)
    score = reading_at(known, now, past.model)["score"]
    return Ahead(score, past.line, falls_at, _planned(past.touches, Asked(now)), helped)


class Contribution(NamedTuple):
    """What one touchpoint still brings: points of each channel, and of the score."""

    touch: Row
    channels: dict[str, float]
    points: float


class Because(NamedTuple):
    """Why the score is what it is: parts that add up to it."""

    parts: dict[str, float]
    contributions: list[Contribution]
    """The heaviest first; they add up to the channels, and to the score."""


def why(past: Past, asked: Asked) -> Because:
    """Return what each channel, and each touchpoint, brings to the score at the moment."""
    known_rows = [row for row in past.history if curve.is_known(row, asked.known_at)]
    known_rows.sort(key=lambda row: row["occurred"])
    known = known_at(past, asked)
    reading = reading_at(known, asked.at, past.model)
    if reading["score"] is None:
        return Because({}, [])
    parts = curve.score_parts(reading, past.model)
    shares = curve.contributions(known, asked.at.timestamp(), past.model)
    facts = {(row["event_key"], row["ordinal"]): row for row in past.touches}
    found = [
        _contribution(facts[row["event_key"], row["ordinal"]], index, shares, parts, reading)
        for index, row in enumerate(known_rows[: known.occurred.size])
    ]
    return Because(parts, sorted(found, key=lambda one: -abs(one.points)))


def _contribution(
    touch: Row, index: int, shares: dict[str, Floats], parts: dict[str, float], reading: Row
) -> Contribution:
    channels = {channel: float(shares[channel][index]) for channel in CHANNELS}
    points = sum(parts[channel] * channels[channel] / reading[channel] for channel in CHANNELS if reading[channel] > 0)
    return Contribution(touch, channels, points)


class Commitment(NamedTuple):
    """One agreed expectation and how it stands."""

    ref: str
    by: str
    state: str
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None
    is_late: bool


def commitments(touches: Sequence[Row], at: datetime) -> list[Commitment]:
    """Return every commitment as the last word about it leaves it, the latest first."""
    by_ref: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(touches, key=lambda row: row["occurred_at"]):
        its = (row["details"] or {}).get("commitment")
        if row["kind"] == Kind.COMMITMENT and its and row["retracted_at"] is None and row["occurred_at"] <= at:
            by_ref.setdefault((its["by"], its["ref"]), []).append(row)
    return sorted((_commitment(rows, at) for rows in by_ref.values()), key=lambda its: its.changed_at, reverse=True)


def _commitment(rows: Sequence[Row], at: datetime) -> Commitment:
    words = [row["details"]["commitment"] for row in rows]
    due = next((word["due_at"] for word in reversed(words) if word.get("due_at")), None)
    due_at = datetime.fromisoformat(due) if due else None
    state = words[-1]["state"]
    is_late = due_at is not None and due_at < at and state in {"made", "renegotiated"}
    return Commitment(
        words[-1]["ref"], words[-1]["by"], state, rows[0]["occurred_at"], rows[-1]["occurred_at"], due_at, is_late
    )


def picture(shown: Curve, touches: Sequence[Row]) -> dict[str, Any]:
    """Return what the browser draws: lines over one row of moments, and marks."""
    lines = {"past": shown.past, "forecast": shown.forecast, "since": shown.since, "what_if": shown.what_if}
    moments = sorted({moment for line in lines.values() for moment in line.moments})
    columns = {}
    for name, line in lines.items():
        scores = dict(zip(line.moments, line.scores, strict=True))
        columns[name] = [scores.get(moment) for moment in moments]
    first = shown.past.moments[0]
    return {
        "moments": [round(moment) for moment in moments],
        "lines": columns,
        "at": round(shown.at.timestamp()),
        "line": shown.line,
        "falls_at": None if shown.falls_at is None else round(shown.falls_at.timestamp()),
        "planned": [round(moment.timestamp()) for moment in shown.planned],
        "touches": [
            {"at": round(row["occurred_at"].timestamp()), "kind": row["kind"], "direction": row["direction"]}
            for row in touches
            if not row["planned"] and row["retracted_at"] is None and first <= row["occurred_at"].timestamp()
        ],
    }
