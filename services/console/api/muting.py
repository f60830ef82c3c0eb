"""Mutes, and what was held back."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from services.console import muting, store
from services.console.api.documents import Held, Mute, Suppressions, ToMute
from services.console.gate import Connection, OperatorOf, VisitorOf, address_of
from services.console.listing import PAGE, PAGE_MAX
from shared.plumbing import clock

router = APIRouter(tags=["alerts"])

BACK = timedelta(days=7)


@router.get("/mutes", response_model=list[Mute])
async def mutes(connection: Connection, visitor: VisitorOf) -> Any:
    """List the mutes that last or lie ahead."""
    return await store.rows(connection, "mutes", visitor.scope, clock.now())


@router.post("/mutes", response_model=Mute, status_code=HTTPStatus.CREATED)
async def mute(request: Request, to_mute: ToMute, connection: Connection, visitor: OperatorOf) -> Any:
    """Tell nobody of something for a while; it is judged and kept all the same, and told when the mute ends."""
    now = clock.now()
    what = muting.Muted(to_mute.initiative, to_mute.function, to_mute.stakeholder, to_mute.source)
    number = await muting.mute(connection, visitor, what, now, to_mute.ends_at, to_mute.note, address_of(request))
    return next(row for row in await store.rows(connection, "mutes", visitor.scope, now) if row["id"] == number)


@router.post("/mutes/{number}/end", status_code=HTTPStatus.NO_CONTENT)
async def unmute(
    request: Request,
    number: Annotated[int, Path(ge=1, le=muting.ID_MAX)],
    connection: Connection,
    visitor: OperatorOf,
) -> None:
    """End a mute before its time."""
    await muting.unmute(connection, visitor, number, clock.now(), address_of(request))


@router.get("/suppressions", response_model=Suppressions)
async def suppressions(
    connection: Connection,
    visitor: VisitorOf,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> Any:
    """List what was held back and why, the latest first."""
    found = await store.rows(connection, "suppressions", visitor.scope, before, limit + 1, None)
    return {"items": found[:limit], "next": found[limit - 1]["number"] if len(found) > limit else None}


@router.get("/held", response_model=Held)
async def held(connection: Connection, visitor: VisitorOf) -> Any:
    """Count what was held back in the last 7 days by reason, and what each channel has still to send."""
    since = clock.now() - BACK
    return {
        "counted": await store.rows(connection, "suppressed_since", visitor.scope, since),
        "under_way": await store.rows(connection, "under_way", visitor.scope),
    }
