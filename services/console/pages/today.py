"""Today: what asks for something now, what will within a week, and what got better."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.console import relationships, store
from services.console.alerts import listing
from services.console.gate import Connection, MeansOf, VisitorOf
from services.console.means import Means
from services.console.picture import bar, timeline
from services.console.render import page
from services.console.visitor import Role, Visitor
from shared.plumbing import clock
from shared.vocabulary import Band

router = APIRouter()

AHEAD = timedelta(days=7)
BACK = timedelta(days=7)
SHOWN = 50
TIMELINE_MAX = 24
RECOVERED_MAX = 12
LABEL_WIDTH = 17.0
"""Of the timeline's 100: as much as a name takes."""


@router.get("/")
async def today(connection: Connection, means: MeansOf, visitor: VisitorOf) -> Response:
    """Show the whole page."""
    now = clock.now()
    facts = await _ahead(connection, visitor, now) | await alerts_of(connection, means, visitor)
    return page("today.html", visitor=visitor, nav="today", **facts)


@router.get("/today/alerts")
async def alerts(connection: Connection, means: MeansOf, visitor: VisitorOf) -> Response:
    """Show the alerts alone: what the page asks for again and again."""
    return page("today_alerts.html", visitor=visitor, **await alerts_of(connection, means, visitor))


async def alerts_of(connection: Any, means: Means, visitor: Visitor) -> dict[str, Any]:
    """Return the alerts to act on with what would help, and those that rest."""
    found = await listing(connection, visitor.scope, ["open", "acknowledged"], limit=SHOWN)
    resting = await listing(connection, visitor.scope, ["snoozed"], limit=SHOWN)
    reasons = {row["relationship_id"]: row["reason"] for row in found.rows if row["relationship_id"] is not None}
    return {
        "alerts": found.rows,
        "helps": await relationships.helps(connection, means.models, reasons, clock.now()),
        "is_more": found.next is not None,
        "resting": resting.rows,
        "is_more_resting": resting.next is not None,
        "may_act": visitor.may(Role.OPERATOR),
        "done": None,
    }


async def _ahead(connection: Any, visitor: Visitor, now: datetime) -> dict[str, Any]:
    drifting = await store.rows(connection, "drifting", visitor.scope, now, now + AHEAD, TIMELINE_MAX + 1)
    shares = [((row["drifts_at"] - now) / AHEAD, row) for row in drifting[:TIMELINE_MAX]]
    counted = await store.one(connection, "bands", visitor.scope) or {}
    sound = await store.rows(connection, "sound", visitor.scope)
    return {
        "sound": [(row["what"], row["covered"], row["parts"]) for row in sound],
        "single_threaded": sum(row["single_threaded"] for row in sound),
        "bands": counted,
        "bar": bar([(band, float(counted[band])) for band in Band]),
        "timeline": timeline(shares, LABEL_WIDTH),
        "drifting": drifting[:TIMELINE_MAX],
        "is_more_ahead": len(drifting) > TIMELINE_MAX,
        "recovered": await store.rows(connection, "recovered", visitor.scope, now - BACK, RECOVERED_MAX),
        "days": [now + timedelta(days=day) for day in range(8)],
    }
