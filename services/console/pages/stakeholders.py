"""The list of relationships: narrowed, ordered, one page after the other."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.console import relationships, store
from services.console.gate import Connection, MeansOf, VisitorOf
from services.console.listing import ORDERS, wanted
from services.console.render import page
from shared.plumbing import clock
from shared.vocabulary import Band, Reason

router = APIRouter()

ROWS = 30
"""As many as a large screen shows; each is drawn with a curve of its own."""


@router.get("/stakeholders")
async def stakeholders(
    request: Request,
    connection: Connection,
    means: MeansOf,
    visitor: VisitorOf,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Show one page; asked for by htmx after another page, only its rows."""
    chosen = wanted(visitor.scope, dict(request.query_params), ROWS)
    found = await relationships.listing(connection, means.models, chosen, clock.now())
    facts: dict[str, Any] = {"rows": found.rows, "next": found.next, "chosen": chosen.chosen(), "wanted": chosen}
    if cursor and request.headers.get("hx-request") == "true":
        return page("stakeholder_rows.html", **facts)
    facets = await store.one(connection, "facets", visitor.scope)
    return page(
        "stakeholders.html",
        visitor=visitor,
        nav="stakeholders",
        facets=facets,
        orders=ORDERS,
        bands=list(Band),
        reasons=list(Reason),
        is_later=cursor is not None,
        **facts,
    )
