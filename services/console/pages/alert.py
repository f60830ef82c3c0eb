"""One alert: what it says, what became of it, who was told, and what to do about it."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.console import acting, muting
from services.console.acting import Action
from services.console.alert import in_full
from services.console.answers import Conflict
from services.console.gate import Connection, MeansOf, OperatorOf, VisitorOf, address_of
from services.console.means import Means
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
MUTE_DAYS = (1, 3, 7, 14, 30)


@router.get("/alerts/{alert_id}")
async def alert(alert_id: UUID, connection: Connection, means: MeansOf, visitor: VisitorOf) -> Response:
    """Show the alert; what notifications link to."""
    return await _page(connection, means, visitor, alert_id)


@router.post("/alerts/{alert_id}/mute")
async def mute(
    request: Request,
    alert_id: UUID,
    connection: Connection,
    means: MeansOf,
    visitor: OperatorOf,
    what: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=acting.NOTE_MAX)] = "",
    for_days: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Mute what the alert is about, and show the alert."""
    now = clock.now()
    offered = muting.offered(await acting.alert(connection, alert_id, visitor), visitor)
    if what not in offered:
        raise Refused(f"what: {what!r} — must be one of {', '.join(offered)}")
    label, muted = offered[what]
    ends_at = now + timedelta(days=_days(for_days, MUTE_DAYS))
    number = await muting.mute(connection, visitor, muted, now, ends_at, note or None, address_of(request))
    if request.headers.get("hx-request") == "true":
        done = f"Muted {label}: mute {number}. What is found meanwhile is told when it ends."
        return await _page(connection, means, visitor, alert_id, done, template="alert_body.html")
    return RedirectResponse(f"/alerts/{alert_id}", HTTPStatus.SEE_OTHER)


@router.post("/alerts/{alert_id}/{action}")
async def act(
    request: Request,
    alert_id: UUID,
    action: Action,
    connection: Connection,
    means: MeansOf,
    visitor: OperatorOf,
    note: Annotated[str, Form(max_length=acting.NOTE_MAX)] = "",
    for_days: Annotated[str, Form(max_length=3)] = "",
    back: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Act on the alert, and show what stands afterwards; who was slower sees what the other one did."""
    now = clock.now()
    until_at = now + timedelta(days=_days(for_days, SNOOZE_DAYS)) if action == "snooze" else None
    done = DONE.get(action)
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
        done = f"Somebody was faster: {error}."
    if request.headers.get("hx-request") == "true" and back == "today":
        facts = await alerts_of(connection, means, visitor)
        return page("today_alerts.html", visitor=visitor, **(facts | {"done": done}))
    if request.headers.get("hx-request") == "true":
        return await _page(connection, means, visitor, alert_id, done, template="alert_body.html")
    return RedirectResponse("/" if back == "today" else f"/alerts/{alert_id}", HTTPStatus.SEE_OTHER)


def _days(text: str, known: Sequence[int]) -> int:
    if not text.isdecimal() or int(text) not in known:
        raise Refused(f"for_days: {text!r} — must be one of {', '.join(map(str, known))}")
    return int(text)


async def _page(
    connection: Any,
    means: Means,
    visitor: Visitor,
    alert_id: UUID,
    done: str | None = None,
    template: str = "alert.html",
) -> Response:
    found = await in_full(connection, means.models, visitor, alert_id, clock.now())
    return page(
        template,
        visitor=visitor,
        nav="alerts",
        **found._asdict(),
        mutes=muting.offered(found.alert, visitor),
        mute_days=MUTE_DAYS,
        may_act=visitor.may(Role.OPERATOR),
        done=done,
    )
