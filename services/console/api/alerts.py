"""Alerts: the list, one of them, and what people do about it."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.console import acting, alerts, store
from services.console.alert import in_full
from services.console.alerts import Status
from services.console.api.documents import Act, AlertInFull, Alerts, Drift, Recovered
from services.console.gate import Connection, MeansOf, OperatorOf, VisitorOf, address_of
from services.console.listing import PAGE, PAGE_MAX, SEARCH_MAX
from services.console.means import Means
from services.console.visitor import Visitor
from shared.plumbing import clock

router = APIRouter(tags=["alerts"])

WITHIN_MAX = 366
LISTED_MAX = 1000


@router.get("/alerts", response_model=Alerts)
async def list_(
    connection: Connection,
    visitor: VisitorOf,
    status: Annotated[list[Status] | None, Query(max_length=4, description="Unresolved ones when left out.")] = None,
    initiative: Annotated[str | None, Query(max_length=200)] = None,
    search: Annotated[str | None, Query(max_length=SEARCH_MAX, description="In name and initiative.")] = None,
    cursor: Annotated[str | None, Query(max_length=100, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> Any:
    """List alerts: what holds before what is foreseen, and the latest first."""
    found = await alerts.listing(
        connection,
        visitor.scope,
        status or alerts.UNRESOLVED,
        initiative=initiative,
        search=search,
        cursor=cursor,
        limit=limit,
    )
    return {"items": found.rows, "next": found.next}


@router.get("/alerts/{alert_id}", response_model=AlertInFull)
async def one(alert_id: UUID, connection: Connection, means: MeansOf, visitor: VisitorOf) -> Any:
    """Show one alert: what it rests on, what would help, what became of it, and who was told."""
    return await _in_full(connection, means, alert_id, visitor)


@router.post("/alerts/{alert_id}/actions", response_model=AlertInFull)
async def act(
    request: Request, alert_id: UUID, act: Act, connection: Connection, means: MeansOf, visitor: OperatorOf
) -> Any:
    """Acknowledge, snooze, resolve, comment on or assign an alert."""
    await acting.act(
        connection,
        visitor,
        alert_id,
        act.action,
        clock.now(),
        until_at=act.until_at,
        note=act.note,
        address=address_of(request),
    )
    return await _in_full(connection, means, alert_id, visitor)


async def _in_full(connection: Any, means: Means, alert_id: UUID, visitor: Visitor) -> dict[str, Any]:
    found = await in_full(connection, means.models, visitor, alert_id, clock.now())
    return {
        **found.alert,
        "behind": found.behind,
        "history": found.story,
        "deliveries": found.deliveries,
        "held": found.held,
    }


@router.get("/recovered", response_model=list[Recovered])
async def recovered(
    connection: Connection, visitor: VisitorOf, within_days: Annotated[int, Query(ge=1, le=WITHIN_MAX)] = 7
) -> Any:
    """List what got better within the days gone by, the latest first, a thousand at most."""
    since = clock.now() - timedelta(days=within_days)
    return await store.rows(connection, "recovered", visitor.scope, since, LISTED_MAX)


@router.get("/drifting", response_model=list[Drift])
async def drifting(
    connection: Connection, visitor: VisitorOf, within_days: Annotated[int, Query(ge=1, le=WITHIN_MAX)] = 14
) -> Any:
    """List who will cross a line within the days ahead, soonest first, a thousand at most."""
    now = clock.now()
    return await store.rows(connection, "drifting", visitor.scope, now, now + timedelta(days=within_days), LISTED_MAX)
