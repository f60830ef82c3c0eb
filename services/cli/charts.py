"""Hand-made SVG: lines told apart by their dashes and marks, so that a chart reads without colours."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

import numpy as np

from shared.alignment.risk import Floats

WIDTH, HEIGHT = 460, 340
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 40
DASHES = ("none", "8 4", "2 4", "10 3 2 3", "14 6", "5 2", "1 6")
POINTS_MAX = 200
"""More cannot be seen, and would only make the file larger."""
HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V6" stroke="currentColor" stroke-width="2"/></pattern></defs>'
)

Points = tuple[Sequence[float] | Floats, Sequence[float] | Floats]


def across(share: float) -> float:
    """Return the place of 0 to 1 from left to right."""
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def up(share: float) -> float:
    """Return the place of 0 to 1 from bottom to top."""
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def unit_chart(
    lines: Mapping[str, Points], x_title: str, y_title: str, title: str, marks: bool = False, diagonal: bool = True
) -> str:
    """Draw lines in the unit square, with its diagonal if that means something."""
    frame = [*axis([(share, f"{share:g}") for share in np.linspace(0, 1, 6).round(1)], x_title, y_title)]
    frame += [up_label(share, f"{share:g}") for share in np.linspace(0, 1, 6).round(1).tolist()]
    if diagonal:
        frame.append(f'<path class="grid" d="M{across(0):.1f} {up(0):.1f}L{across(1):.1f} {up(1):.1f}"/>')
    drawn = [line(points, number, marks) for number, points in enumerate(lines.values())]
    return svg([*frame, *drawn], title) + legend(lines)


def line(points: Points, number: int, marks: bool) -> str:
    """Draw one line, with a dot at each point if wanted."""
    x, y = thinned(*points)
    path = "L".join(f"{across(a):.1f} {up(b):.1f}" for a, b in zip(x, y, strict=True))
    dots = "".join(f'<circle cx="{across(a):.1f}" cy="{up(b):.1f}" r="3"/>' for a, b in zip(x, y, strict=True))
    return f'<path class="line" stroke-dasharray="{DASHES[number % len(DASHES)]}" d="M{path}"/>{dots if marks else ""}'


def thinned(x: Sequence[float] | Floats, y: Sequence[float] | Floats) -> tuple[list[float], list[float]]:
    """Keep both ends and what lies evenly between."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), POINTS_MAX)).astype(int))
    return np.asarray(x)[kept].tolist(), np.asarray(y)[kept].tolist()


def bars(rows: Sequence[tuple[str, int, int]], x_title: str, y_title: str, title: str) -> str:
    """Draw, for each label, a count (filled) with another one (hatched) on top of it."""
    highest = max((lower + upper for _, lower, upper in rows), default=0) or 1
    wide, body = 1 / max(len(rows), 1), list[str]()
    for number, (_, lower, upper) in enumerate(rows):
        body.append(bar(number * wide, wide * 0.8, 0, lower / highest, "filled"))
        body.append(bar(number * wide, wide * 0.8, lower / highest, upper / highest, "hatched"))
    # At most six labels, or they would run into each other.
    every = -(-len(rows) // 6) or 1
    labels = [((number + 0.4) * wide, rows[number][0]) for number in range(0, len(rows), every)]
    heights = [up_label(0, "0"), up_label(1, str(highest))]
    return svg([HATCH, *axis(labels, x_title, y_title), *heights, *body], title)


def bar(left: float, width: float, bottom: float, height: float, kind: str) -> str:
    """Draw one box; all lengths are shares of the chart."""
    size = f'width="{across(width) - LEFT:.1f}" height="{up(0) - up(height):.1f}"'
    return f'<rect class="{kind}" x="{across(left):.1f}" y="{up(bottom + height):.1f}" {size}/>'


def axis(labels: Sequence[tuple[float, str]], x_title: str, y_title: str) -> Iterator[str]:
    """Yield the frame, what stands under it, and the title of both sides."""
    yield f'<path class="frame" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'
    for share, label in labels:
        yield f'<text x="{across(share):.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{escape(label)}</text>'
    yield f'<text x="{across(0.5):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_title)}</text>'
    place = f"14 {up(0.5):.1f}"
    yield f'<text transform="translate({place}) rotate(-90)" text-anchor="middle">{escape(y_title)}</text>'


def up_label(share: float, label: str) -> str:
    """Write beside the left side."""
    return f'<text x="{LEFT - 6}" y="{up(share) + 4:.1f}" text-anchor="end">{escape(label)}</text>'


def svg(body: Sequence[str], title: str) -> str:
    """Put the parts together; the title is for who cannot see them."""
    opening = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return f"{opening}<title>{escape(title)}</title>{''.join(body)}</svg>"


def legend(names: Mapping[str, object]) -> str:
    """Show which dashes are whose."""
    rows = [
        f'<li><svg viewBox="0 0 44 10" class="key" aria-hidden="true"><path class="line" d="M0 5H44" '
        f'stroke-dasharray="{DASHES[number % len(DASHES)]}"/></svg> {escape(name)}</li>'
        for number, name in enumerate(names)
    ]
    return f'<ul class="legend">{"".join(rows)}</ul>'
