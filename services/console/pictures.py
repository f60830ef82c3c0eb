"""The small pictures of a list as SVG. Written here and not by a template, which takes ten times as long for each."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from services.console.picture import SPARK_HEIGHT, SPARK_WIDTH, Spark
from services.console.wording import score
from shared.alignment.model import CHANNELS

HEIGHT, STEP, WIDTH = 30, 12, 8
"""Of the shares: how high a full one is, how far apart they are, and how wide."""
SPARK_SIZE = f'viewBox="0 0 {SPARK_WIDTH:g} {SPARK_HEIGHT:g}" width="{SPARK_WIDTH:g}" height="{SPARK_HEIGHT:g}"'
SHARES_SIZE = f'viewBox="0 0 {STEP * 5} {HEIGHT}" width="{STEP * 5}" height="{HEIGHT}"'


def spark(it: Spark, name: str) -> Markup:
    """Return the score of somebody over time, and where it goes in silence."""
    first, present, last = (score(figure) for figure in it.figures)
    told = f"Score of {escape(name)}: {first} 90 days ago, {present} now, {last} in 30 days of silence"
    now = "" if it.now_y is None else f'<circle class="now" cx="{it.now_x:g}" cy="{it.now_y:g}" r="2.6"/>'
    return Markup(  # noqa: S704 -- figures, but for the name
        f'<svg class="spark" {SPARK_SIZE} role="img" aria-label="{told}"><title>{told}</title>'
        f'<line class="limit" x1="0" x2="{SPARK_WIDTH:g}" y1="{it.line_y:g}" y2="{it.line_y:g}"/>'
        f'<path class="past" d="{it.past}"/><path class="ahead" d="{it.forecast}"/>{now}</svg>'
    )


def shares(of: Mapping[str, Any]) -> Markup:
    """Return the channels of somebody beside one another, each from 0 to 100."""
    told = ", ".join(f"{name} {score(of[name])}" for name in CHANNELS)
    bars = "".join(_share(name, 1 + STEP * at, of[name]) for at, name in enumerate(CHANNELS))
    return Markup(  # noqa: S704 -- figures and words of our own
        f'<svg class="shares" {SHARES_SIZE} role="img" aria-label="{told.capitalize()} of 100">{bars}</svg>'
    )


def _share(name: str, x: int, value: float) -> str:
    height = value * HEIGHT / 100
    return (
        f'<rect class="empty" x="{x}" y="0" width="{WIDTH}" height="{HEIGHT}" rx="2"/>'
        f'<rect class="{name}" x="{x}" y="{HEIGHT - height:.1f}" width="{WIDTH}" height="{height:.1f}" rx="2">'
        f"<title>{name} {score(value)}</title></rect>"
    )
