"""Relationships: the list, one of them, its curve, and why; as JSON and CSV."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import StreamingResponse

from services.console import accounts, outlook, relationships, store
from services.console.answers import Missing
from services.console.api import sheet
from services.console.api.documents import (
    AlertOf,
    Commitment,
    Listed,
    Relationship,
    Relationships,
    Trajectory,
    Why,
)
from services.console.gate import BriefOf, Connection, MeansOf, VisitorOf, address_of
from services.console.listing import ORDERS, PAGE, PAGE_MAX, SEARCH_MAX, Wanted, wanted
from services.console.parsing import AGO_MAX, MINUTES_MAX, RANGES, WHAT_IFS, Asked, asked
from services.console.visitor import Visitor
from shared.plumbing import clock
from shared.plumbing.postgres import connected
from shared.vocabulary import Band

router = APIRouter(tags=["relationships"])

Id = Annotated[int, Path(ge=0, lt=2**31)]
Word = Annotated[str | None, Query(max_length=SEARCH_MAX)]
Sort = Literal["drift", "score", "-score", "touch", "name"]
assert set(Sort.__args__) == set(ORDERS)  # type: ignore[attr-defined]  # noqa: S101 -- one list, written twice


def narrowed(
    initiative: Word = None,
    band: Band | None = None,
    owner: Word = None,
    function: Word = None,
    level: Word = None,
    reason: Word = None,
    search: Annotated[str | None, Query(max_length=SEARCH_MAX, description="In name, address or organisation.")] = None,
    sort: Sort = "drift",
    cursor: Annotated[str | None, Query(max_length=2000, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> Callable[[Visitor], Wanted]:
    """Return what the query asks for, of what a visitor may see: asked so, who it is takes no connection that stays."""
    words = {"initiative": initiative, "band": band, "owner": owner, "function": function, "level": level}
    asked = {**words, "reason": reason, "search": search, "sort": sort, "cursor": cursor}
    return lambda visitor: wanted(visitor.scope, asked, limit)


def what(
    ago: Annotated[int, Query(ge=0, le=AGO_MAX, description="As of so many days ago.")] = 0,
    knew: Annotated[Literal["now", "then"], Query(description="By what is known now, or was known then.")] = "now",
    days: Annotated[Literal[RANGES], Query(description="How far back.")] = 90,  # type: ignore[valid-type]
    what_if: Annotated[Literal[tuple(WHAT_IFS)] | None, Query(description="Suppose a touch.")] = None,  # type: ignore[valid-type]
    minutes: Annotated[float | None, Query(gt=0, le=MINUTES_MAX, allow_inf_nan=False)] = None,
    on: Annotated[str, Query(max_length=10, description="On which day; now when left out.")] = "",
) -> Asked:
    """Return what the query asks of a curve."""
    return asked(clock.now(), ago, knew, days, what_if or "", minutes, on)


Narrowed = Annotated[Callable[[Visitor], Wanted], Depends(narrowed)]
WhatOf = Annotated[Asked, Depends(what)]


@router.get("/relationships", response_model=Relationships)
async def list_(narrowed: Narrowed, connection: Connection, means: MeansOf, visitor: VisitorOf) -> Any:
    """List relationships, page by page."""
    found = await relationships.listing(connection, means.models, narrowed(visitor), clock.now())
    return {"items": [Listed(**row) for row in found.rows], "next": found.next}


@router.get("/relationships.csv", response_class=StreamingResponse, responses=sheet.RESPONSES)
async def as_csv(request: Request, narrowed: Narrowed, means: MeansOf, visitor: BriefOf) -> StreamingResponse:
    """Save the whole list for a spreadsheet, as of the last refresh; `cursor` and `limit` change nothing."""
    wanted = narrowed(visitor)
    async with connected(means.pool) as connection:
        address = address_of(request)
        await accounts.audit(connection, clock.now(), visitor.name, "export", "relationships", address=address)
    return StreamingResponse(_lines(means.pool, wanted), media_type="text/csv; charset=utf-8", headers=sheet.HEADERS)


async def _lines(pool: Any, wanted: Wanted) -> AsyncIterator[bytes]:
    yield sheet.heading()
    part: Wanted | None = replace(wanted, after=None)
    while part is not None:
        # Whoever reads slowly holds no connection meanwhile.
        async with connected(pool) as connection:
            rows, part = await store.exported(connection, part)
        yield sheet.lines(rows)


@router.get("/relationships/{relationship_id}", response_model=Relationship)
async def one(relationship_id: Id, connection: Connection, visitor: VisitorOf) -> Any:
    """Show how one relationship stands."""
    return await _found(connection, relationship_id, visitor)


@router.get("/relationships/{relationship_id}/trajectory", response_model=Trajectory)
async def trajectory(
    relationship_id: Id, what: WhatOf, connection: Connection, means: MeansOf, visitor: VisitorOf
) -> Any:
    """Show the curve: past, forecast, what if."""
    await _found(connection, relationship_id, visitor)
    past = await relationships.past(connection, means.models, relationship_id, what.now)
    return outlook.drawn(past, what)


@router.get("/relationships/{relationship_id}/why", response_model=Why)
async def why(relationship_id: Id, what: WhatOf, connection: Connection, means: MeansOf, visitor: VisitorOf) -> Any:
    """Show what each channel and each touchpoint brings to the score."""
    await _found(connection, relationship_id, visitor)
    past = await relationships.past(connection, means.models, relationship_id, what.now)
    because = outlook.why(past, what)
    reading = relationships.reading_at(outlook.known_at(past, what), what.at, past.model)
    told = [one.touch | one.channels | {"points": one.points} for one in because.contributions]
    return {"score": reading["score"], "parts": because.parts, "contributions": told}


@router.get("/relationships/{relationship_id}/commitments", response_model=list[Commitment])
async def commitments(relationship_id: Id, connection: Connection, means: MeansOf, visitor: VisitorOf) -> Any:
    """List what was agreed with them, the latest first, and how it stands."""
    await _found(connection, relationship_id, visitor)
    now = clock.now()
    past = await relationships.past(connection, means.models, relationship_id, now)
    return outlook.commitments(past.touches, now)


@router.get("/relationships/{relationship_id}/alerts", response_model=list[AlertOf])
async def alerts(relationship_id: Id, connection: Connection, visitor: VisitorOf) -> Any:
    """List their alerts and what became of each, the latest first, 50 at most."""
    await _found(connection, relationship_id, visitor)
    rows = await store.rows(connection, "alerts_of", relationship_id)
    told = await relationships.stories(connection, [row["id"] for row in rows])
    return [row | {"history": told[row["id"]]} for row in rows]


async def _found(connection: Any, relationship_id: int, visitor: Visitor) -> store.Row:
    row = await relationships.one(connection, relationship_id, visitor.scope, clock.now())
    if row is None:
        raise Missing("there is no such relationship")
    return row
