"""One alert: what it says, what became of it, who was told, and what to do about it."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.console import acting, store
from services.console.acting import Action
from services.console.answers import Conflict
from services.console.gate import Connection, OperatorOf, VisitorOf, address_of
from services.console.pages.today import alerts_of
from services.console.render import page
from services.console.visitor import Role, Visitor
from shared.errors import Refused
from shared.plumbing import clock

router = APIRouter()

DONE = {
    "acknowledge": "Acknowledged: it is in your hands now.",
    "snooze": "Snoozed: it comes back then, unless it resolves before.",
    "resolve": "Resolved: it comes back only if something new happens.",
    "comment": "Your comment is kept with the alert.",
    "assign": "Assigned.",
}
SNOOZE_DAYS = (1, 3, 7, 14)


@router.get("/alerts/{alert_id}")
async def alert(alert_id: UUID, connection: Connection, visitor: VisitorOf) -> Response:
    """Show the alert; what notifications link to."""
    return await _page(connection, visitor, alert_id)


@router.post("/alerts/{alert_id}/{action}")
async def act(
    request: Request,
    alert_id: UUID,
    action: Action,
    connection: Connection,
    visitor: OperatorOf,
    note: Annotated[str, Form(max_length=acting.NOTE_MAX)] = "",
    for_days: Annotated[str, Form(max_length=3)] = "",
    back: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Act on the alert, and show what stands afterwards; who was slower sees what the other one did."""
    now = clock.now()
    until_at = now + timedelta(days=_days(for_days)) if action == "snooze" else None
    done, status = DONE.get(action), HTTPStatus.OK
    try:
        await acting.act(
            connection,
            visitor,
            alert_id,
            action,
            now,
            until_at=until_at,
            note=note or None,
            address=address_of(request),
        )
    except Conflict as error:
        done, status = f"Somebody was faster: {error}.", HTTPStatus.OK
    if request.headers.get("hx-request") == "true" and back == "today":
        facts = await alerts_of(connection, visitor)
        return page("today_alerts.html", status=status, visitor=visitor, **(facts | {"done": done}))
    if request.headers.get("hx-request") == "true":
        return await _page(connection, visitor, alert_id, done, template="alert_body.html")
    return RedirectResponse("/" if back == "today" else f"/alerts/{alert_id}", HTTPStatus.SEE_OTHER)


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) not in SNOOZE_DAYS:
        raise Refused(f"for_days: {text!r} — must be one of {', '.join(map(str, SNOOZE_DAYS))}")
    return int(text)


async def _page(
    connection: Any, visitor: Visitor, alert_id: UUID, done: str | None = None, template: str = "alert.html"
) -> Response:
    row = await acting.alert(connection, alert_id, visitor)
    return page(
        template,
        visitor=visitor,
        nav="today",
        alert=row,
        story=await store.rows(connection, "alert_history", [alert_id]),
        deliveries=await store.rows(connection, "deliveries_of", alert_id),
        may_act=visitor.may(Role.OPERATOR),
        # Recipients are people of ours: their addresses are for those who may mend a delivery.
        sees_addresses=visitor.may(Role.OPERATOR) and visitor.initiatives is None,
        done=done,
    )
