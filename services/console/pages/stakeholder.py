"""One stakeholder: the curve, why the score is what it is, commitments, and what was told."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.console import outlook, relationships, store
from services.console.answers import Missing
from services.console.curve import doses, rhythm_days
from services.console.gate import Connection, MeansOf, VisitorOf
from services.console.parsing import AGO_MAX, RANGES, WHAT_IFS, Asked, asked
from services.console.render import page
from services.console.visitor import Role
from shared.plumbing import clock
from shared.vocabulary import Band

router = APIRouter()

SHOWN = 12
"""Contributions that are shown one by one; the others are summed up."""


def what(
    ago: int = 0,
    knew: Annotated[str, Query(max_length=10)] = "now",
    days: int = 90,
    what_if: Annotated[str, Query(max_length=20)] = "",
    minutes: Annotated[str, Query(max_length=10)] = "",
    on: Annotated[str, Query(max_length=20)] = "",
) -> Asked:
    """Return what the form of the curve asks for; a field left empty is not asked."""
    return asked(clock.now(), ago, knew, days, what_if, float(minutes) if _is_number(minutes) else None, on)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal()


What = Annotated[Asked, Depends(what)]


@router.get("/stakeholders/{relationship_id}")
async def stakeholder(
    request: Request, relationship_id: int, connection: Connection, means: MeansOf, visitor: VisitorOf, what: What
) -> Response:
    """Show the whole page."""
    facts, past = await _facts(relationship_id, connection, means, visitor, what)
    alerts = await store.rows(connection, "alerts_of", relationship_id)
    return page(
        "stakeholder.html",
        visitor=visitor,
        nav="stakeholders",
        alerts=alerts,
        stories=await relationships.stories(connection, [alert["id"] for alert in alerts]),
        commitments=outlook.commitments(past.touches, what.now),
        rhythm=rhythm_days(doses(past.history), what.now.timestamp()),
        ago_max=_ago_max(past, what),
        ranges=RANGES,
        what_ifs=WHAT_IFS,
        supposed=request.query_params.get("what_if", ""),
        bands=list(Band),
        may_act=visitor.may(Role.OPERATOR),
        done=None,
        **facts,
    )


@router.get("/stakeholders/{relationship_id}/curve")
async def curve(
    relationship_id: int, connection: Connection, means: MeansOf, visitor: VisitorOf, what: What
) -> Response:
    """Show the curve alone, drawn anew for what the form asks."""
    facts, _ = await _facts(relationship_id, connection, means, visitor, what)
    return page("stakeholder_curve.html", **facts)


async def _facts(
    relationship_id: int, connection: Any, means: MeansOf, visitor: VisitorOf, what: Asked
) -> tuple[dict[str, Any], relationships.Past]:
    if not 0 <= relationship_id < 2**31:
        raise Missing("there is no such stakeholder")
    who = await relationships.one(connection, relationship_id, visitor.scope, what.now)
    if who is None:
        raise Missing("there is no such stakeholder")
    past = await relationships.past(connection, means.models, relationship_id, what.now)
    shown = outlook.drawn(past, what)
    because = outlook.why(past, what)
    lines = past.model.bands
    drawing = outlook.picture(shown, past.touches)
    return {
        "who": who,
        "what": what,
        "curve": shown,
        "because": because.parts,
        "contributions": because.contributions[:SHOWN],
        "others": because.contributions[SHOWN:],
        "drawing": orjson.dumps(drawing | {"bands": [lines.cooling_min, lines.aligned_min]}).decode(),
        "weekly": _weekly(shown),
        "unheard_until": _unheard_until(past, what),
        "now": what.now,
    }, past


class Week(NamedTuple):
    """One line of the table beside the picture: the moment, and the score on each of its lines."""

    at: float
    score: float | None
    is_forecast: bool
    became: float | None
    supposed: float | None


def _weekly(shown: outlook.Curve) -> list[Week]:
    """Return the figures for the table beside the picture, one a week."""
    week = 7 * 86_400
    became, supposed = (dict(zip(*line, strict=True)) for line in (shown.since, shown.what_if))
    found: list[Week] = []
    for line, is_forecast in ((shown.past, False), (shown.forecast, True)):
        due = line.moments[0] if line.moments else 0.0
        for moment, score in zip(*line, strict=True):
            if moment >= due and not (is_forecast and moment == line.moments[0]):
                found.append(Week(moment, score, is_forecast, became.get(moment), supposed.get(moment)))
                due = moment + week
    return found


def _unheard_until(past: relationships.Past, what: Asked) -> datetime | None:
    """Return when the first report came, where the page looks with the eyes of a moment before it."""
    first = min((row["recorded_at"] for row in past.history), default=None)
    return first if first and what.known_at and what.known_at < first else None


def _ago_max(past: relationships.Past, what: Asked) -> int:
    """Return how far back the slider goes: to the first touchpoint."""
    if not past.history:
        return 0
    first = min(row["occurred"] for row in past.history)
    return int(min(AGO_MAX, max(0, (what.now.timestamp() - first) // 86_400)))
