"""How many relationships stand and where silence takes them: the figures that judging rests on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from shared.alignment.forecast import falls_under, fell_under, rises_over
from shared.alignment.model import Lines, Model
from shared.alignment.reading import Floats, States, read
from shared.judging.relationship import Outlook


def outlooks(rows: Sequence[Mapping[str, Any]], lines: Sequence[Lines], model: Model, now: datetime) -> list[Outlook]:
    """Return the outlook of each row: a state and `changed`, the last moment anything happened."""
    found: dict[int, Outlook] = {}
    for its, group in _by_lines(lines):
        some = [rows[number] for number in group]
        found |= zip(group, _outlooks(some, its, model, now), strict=True)
    return [found[number] for number in range(len(rows))]


def _by_lines(lines: Sequence[Lines]) -> list[tuple[Lines, list[int]]]:
    """Put those together that are read by the same lines."""
    groups: dict[tuple[float, float], list[int]] = {}
    for number, its in enumerate(lines):
        groups.setdefault((its.fading, its.recovered_margin), []).append(number)
    return [(lines[group[0]], group) for group in groups.values()]


def _outlooks(rows: Sequence[Mapping[str, Any]], lines: Lines, model: Model, now: datetime) -> list[Outlook]:
    states = States(*(_column(rows, name) for name in States._fields))
    present = np.full(len(rows), now.timestamp())
    readings = read(states, present, model)
    changed = np.fmin(_column(rows, "changed"), present)
    fell = fell_under(states, lines.fading, changed, present, model)
    falls = falls_under(states, lines.fading, present, model)
    recovers = rises_over(states, lines.fading + lines.recovered_margin, present, model)
    scores = [None if np.isnan(score) else float(score) for score in readings.score]
    in_silence = (fell > changed).tolist()
    moments = zip(_moments(fell), _moments(falls), _moments(recovers), in_silence, strict=True)
    return [Outlook(score, str(band), *its) for score, band, its in zip(scores, readings.band, moments, strict=True)]


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> Floats:
    """Return one column, nan where it is null."""
    return np.array([row[name] for row in rows], dtype=np.float64)


def _moments(seconds: Floats) -> list[datetime | None]:
    return [None if np.isnan(second) else datetime.fromtimestamp(second, UTC) for second in seconds.tolist()]
