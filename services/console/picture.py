"""Where things lie in small pictures, in the units of their viewBox. Pure: templates draw what comes out."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

SPARK_WIDTH, SPARK_HEIGHT, SPARK_PAD = 132.0, 36.0, 3.0
SCORE_MAX = 100.0
LANES_MAX = 6
HEAT = (20.0, 40.0, 55.0, 70.0)
"""Scores where a heat map's shade changes: the lines of the default bands lie among them."""


class Spark(NamedTuple):
    """The score over time as two lines that meet at the present."""

    past: str
    forecast: str
    now_x: float
    now_y: float | None
    line_y: float
    figures: tuple[float | None, float | None, float | None]
    """The score at its beginning, now, and at its end."""


def spark(scores: Sequence[float | None], past: int, line: float) -> Spark:
    """Return the lines through scores at even distances, the first `past` of which have been (the last is now)."""
    xs = _distances(len(scores))
    places = ["" if score is None else f"{x} {_y(score):g}" for x, score in zip(xs, scores, strict=True)]
    now = scores[past - 1] if past else None
    return Spark(
        _path(places[:past]),
        _path(places[past - 1 :]),
        float(xs[past - 1]),
        None if now is None else _y(now),
        _y(line),
        (scores[0], now, scores[-1]),
    )


@cache
def _distances(number: int) -> list[str]:
    """Return where each of so many scores lies from the left."""
    return [f"{round(at * SPARK_WIDTH / max(1, number - 1), 1):g}" for at in range(number)]


def _y(score: float) -> float:
    return round(SPARK_PAD + (SPARK_HEIGHT - 2 * SPARK_PAD) * (1 - score / SCORE_MAX), 1)


def _path(places: Sequence[str]) -> str:
    """Return an SVG path; where nothing is known there is a gap."""
    lines = ("L".join(places) for is_known, places in groupby(places, bool) if is_known)
    return "M".join(["", *lines])


class Part(NamedTuple):
    """One stretch of a bar that is 100 wide."""

    name: str
    x: float
    width: float
    value: float


def bar(values: Sequence[tuple[str, float]]) -> list[Part]:
    """Return the stretches of a bar in proportion; what is nothing has none."""
    whole = sum(value for _, value in values)
    parts: list[Part] = []
    x = 0.0
    for name, value in values:
        width = 100 * value / whole if whole else 0.0
        if width:
            parts.append(Part(name, round(x, 2), round(width, 2), value))
        x += width
    return parts


class Marked(NamedTuple):
    """One thing on a timeline: how far along (0 to 100), and in which lane so that none hides another."""

    x: float
    lane: int
    what: Any


def timeline(things: Sequence[tuple[float, Any]], apart: float) -> list[Marked]:
    """Lay out things, each at its share of the way (0 to 1), `apart` in the units of 100 within one lane."""
    ends: list[float] = []
    laid: list[Marked] = []
    for share, what in sorted(things, key=lambda thing: thing[0]):
        x = round(100 * min(max(share, 0.0), 1.0), 2)
        free = next((lane for lane, end in enumerate(ends) if end <= x), None)
        if free is None:
            free = len(ends) if len(ends) < LANES_MAX else min(range(len(ends)), key=ends.__getitem__)
            ends[free:] = [0.0, *ends[free + 1 :]]
        ends[free] = x + apart
        laid.append(Marked(x, free, what))
    return laid


def heat(score: float | None) -> int | None:
    """Return the shade of a score, 0 to 4; None where it is not known."""
    return None if score is None else sum(score >= line for line in HEAT)
