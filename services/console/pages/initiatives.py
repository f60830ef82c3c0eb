"""Initiatives: whether their coverage is sound, function by level."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from services.console import coverage, store
from services.console.answers import Missing
from services.console.gate import Connection, VisitorOf
from services.console.picture import bar, heat
from services.console.render import page
from shared.plumbing import clock
from shared.vocabulary import Band

router = APIRouter()

ALONE_SHOWN = 8
"""Of those who hang on one of us; the others are folded up."""
NOWHERE = "not said"
"""Where a roster names no function or level."""


@router.get("/initiatives")
async def initiatives(
    connection: Connection, visitor: VisitorOf, name: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """Show one initiative, and a way to the others."""
    whole = await store.rows(connection, "initiatives", visitor.scope)
    names = [row["initiative"] for row in whole]
    if name is not None and name not in names:
        raise Missing("there is no such initiative, or it is not yours to see")
    chosen = name or (names[0] if names else None)
    if chosen is None:
        return page("initiatives_none.html", visitor=visitor, nav="initiatives")
    found = await coverage.of(connection, chosen, clock.now())
    across = found.organisation
    return page(
        "initiatives.html",
        visitor=visitor,
        nav="initiatives",
        whole=whole,
        chosen=next(row for row in whole if row["initiative"] == chosen),
        grid=grid(found.cells, across),
        sound=sound(across),
        made=[part for part in across if part["dimension"] in {"strategic", "operational"}],
        threads=[part for part in across if part["dimension"] in WHERE and part["single_threaded"]],
        where=WHERE,
        bar=bar([(band, float(sum(cell[band] for cell in found.cells))) for band in Band]),
        single=[cell for cell in found.cells if cell["single_threaded"]],
        alone=found.single_threaded,
        alone_shown=ALONE_SHOWN,
        wishes=wishes(found.desired),
        bands=list(Band),
        short=found.falls_short,
        never_met=found.never_met,
        trend=found.trend,
        trend_drawing=orjson.dumps(drawing(found.trend)).decode(),
    )


def drawing(trend: Sequence[store.Row]) -> dict[str, list[Any]]:
    """Return what the browser draws."""
    moments = [int(datetime.combine(row["day"], time(12), UTC).timestamp()) for row in trend]
    return {"moments": moments, "scores": [row["score"] for row in trend]}


WHERE = {"horizontal": "function", "vertical": "level"}
"""What a dimension of the organisation is divided into."""


def sound(across: Sequence[store.Row]) -> list[tuple[str, int, int]]:
    """Return of functions and of levels how many have somebody aligned, and how many there are."""
    parts = {what: [part for part in across if part["dimension"] == dimension] for dimension, what in WHERE.items()}
    return [(what, sum(part["covered"] for part in its), len(its)) for what, its in parts.items() if its]


class Share(NamedTuple):
    """Those of whom one band is desired and who stand in one."""

    stakeholders: int
    weight: float
    """Their part of everybody's importance, 0 to 1."""
    is_lower: bool


def wishes(desired: Sequence[store.Row]) -> dict[str, dict[str, Share]]:
    """Return by the band that is desired and the one that is, the highest first, how many and how much they matter."""
    whole = sum(row["importance"] for row in desired)
    height = {band: at for at, band in enumerate(reversed(Band))}
    found: dict[str, dict[str, Share]] = {}
    for row in sorted(desired, key=lambda row: -height[row["desired_band"]]):
        is_lower = height[row["band"]] < height[row["desired_band"]]
        share = Share(row["stakeholders"], row["importance"] / whole, is_lower)
        found.setdefault(row["desired_band"], {})[row["band"]] = share
    return found


def grid(cells: Sequence[store.Row], across: Sequence[store.Row]) -> dict[str, Any]:
    """Return the heat map: levels across, functions down, each meeting of the two that has somebody, and the sums."""
    functions = sorted({cell["function"] or NOWHERE for cell in cells})
    levels = sorted({cell["level"] or NOWHERE for cell in cells}, key=lambda level: (rank(level), level))
    at = {place(cell): shaded(cell) for cell in cells}
    sums = {(part["dimension"], part["part"] or NOWHERE): shaded(part) for part in across if part["dimension"] in WHERE}
    return {"functions": functions, "levels": levels, "at": at, "sums": sums}


def shaded(counted: store.Row) -> store.Row:
    """Return a cell or a sum with its shade."""
    return counted | {"heat": heat(counted["score"])}


def place(cell: store.Row) -> tuple[str, str]:
    """Return where a cell stands in the map."""
    return cell["function"] or NOWHERE, cell["level"] or NOWHERE


RANKS = ("board", "executive", "director", "head", "senior", "manag", "lead", "expert", "staff")


def rank(level: str) -> int:
    """Return how high up a level usually is, so that the map reads from the top; unknown ones come last."""
    return next((at for at, word in enumerate(RANKS) if word in level.lower()), len(RANKS))
