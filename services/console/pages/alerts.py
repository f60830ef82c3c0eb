"""Every alert there is or was, and what was held back."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from services.console import muting, store
from services.console.alerts import UNRESOLVED, Status, listing
from services.console.gate import Connection, OperatorOf, VisitorOf, address_of
from services.console.listing import SEARCH_MAX
from services.console.render import page
from services.console.visitor import Role
from shared.plumbing import clock

router = APIRouter()

CHOICES: dict[str, tuple[Status, ...]] = {
    "unresolved": UNRESOLVED,
    "open": ("open",),
    "acknowledged": ("acknowledged",),
    "snoozed": ("snoozed",),
    "resolved": ("resolved",),
    "all": (*UNRESOLVED, "resolved"),
}
Choice = Literal["unresolved", "open", "acknowledged", "snoozed", "resolved", "all"]
Word = Annotated[str, Query(max_length=SEARCH_MAX)]
HELD_PAGE = 50
BACK = timedelta(days=7)


@router.get("/alerts")
async def alerts(
    request: Request,
    connection: Connection,
    visitor: VisitorOf,
    status: Choice = "unresolved",
    initiative: Word = "",
    search: Word = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show one page; asked for by htmx after another page, only its rows."""
    found = await listing(
        connection,
        visitor.scope,
        CHOICES[status],
        initiative=initiative or None,
        search=search.strip() or None,
        cursor=cursor or None,
    )
    chosen = {"status": status if status != "unresolved" else "", "initiative": initiative, "search": search}
    facts: dict[str, Any] = {"rows": found.rows, "next": found.next, "chosen": chosen}
    if cursor and request.headers.get("hx-request") == "true":
        return page("alerts_rows.html", **facts)
    whole = await store.rows(connection, "initiatives", visitor.scope)
    names = [row["initiative"] for row in whole]
    return page(
        "alerts.html", visitor=visitor, nav="alerts", state=status, states=list(CHOICES), initiatives=names, **facts
    )


@router.get("/held")
async def held(
    connection: Connection, visitor: VisitorOf, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """Show what is muted, and what was held back for which reason."""
    now = clock.now()
    rows = await store.rows(connection, "suppressions", visitor.scope, before, HELD_PAGE + 1, None)
    return page(
        "held.html",
        visitor=visitor,
        nav="alerts",
        mutes=await store.rows(connection, "mutes", visitor.scope, now),
        counted=await store.rows(connection, "suppressed_since", visitor.scope, now - BACK),
        under_way=await store.rows(connection, "under_way", visitor.scope),
        held=rows[:HELD_PAGE],
        older=rows[HELD_PAGE - 1]["number"] if len(rows) > HELD_PAGE else None,
        may_act=visitor.may(Role.OPERATOR),
    )


@router.post("/mutes/{number}/end")
async def unmute(
    request: Request,
    connection: Connection,
    visitor: OperatorOf,
    number: Annotated[int, Path(ge=1, le=muting.ID_MAX)],
) -> Response:
    """End a mute before its time."""
    await muting.unmute(connection, visitor, number, clock.now(), address_of(request))
    return RedirectResponse("/held", 303)
