"""Everything that is about no single person: who asks, initiatives, sources, and what was refused."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from services.console import store
from services.console.answers import Missing
from services.console.api.documents import Coverage, Initiative, Me, Outcome, Rejected, Source
from services.console.gate import Connection, MeansOf, OperatorOf, VisitorOf, WholeOf, address_of
from services.console.means import AWAY
from services.console.retrying import retried
from shared.errors import Unavailable
from shared.plumbing import clock, rejected

router = APIRouter(tags=["house"])

REJECTED_MAX = 200


@router.get("/me", response_model=Me)
async def me(visitor: VisitorOf) -> Any:
    """Say who asks."""
    return visitor


@router.get("/initiatives", response_model=list[Initiative])
async def initiatives(connection: Connection, visitor: VisitorOf) -> Any:
    """List initiatives and how they stand."""
    return await store.rows(connection, "initiatives", visitor.scope)


@router.get("/coverage", response_model=Coverage)
async def coverage(
    connection: Connection, visitor: VisitorOf, initiative: Annotated[str, Query(max_length=500)]
) -> Any:
    """Show the coverage of one initiative, function by level, and its trend."""
    known = {row["initiative"] for row in await store.rows(connection, "initiatives", visitor.scope)}
    if initiative not in known:
        raise Missing("there is no such initiative")
    cells = await store.rows(connection, "coverage", initiative)
    organisation = await store.rows(connection, "organisation", initiative)
    trend = await store.rows(connection, "moved", initiative, clock.now())
    desired = await store.rows(connection, "desired", initiative)
    return {
        "initiative": initiative,
        "cells": cells,
        "organisation": organisation,
        "trend": trend,
        "desired": desired,
    }


@router.get("/sources", response_model=list[Source])
async def sources(connection: Connection, visitor: WholeOf) -> Any:
    """List sources and what they brought."""
    del visitor
    return await store.rows(connection, "sources")


@router.get("/rejected", response_model=list[Rejected])
async def refused(means: MeansOf, visitor: WholeOf, limit: Annotated[int, Query(ge=1, le=REJECTED_MAX)] = 50) -> Any:
    """List the events that were refused lately, oldest first."""
    del visitor
    try:
        return await rejected.latest(means.jetstream(), limit)
    except AWAY as error:
        raise Unavailable(f"NATS does not answer: {error!r}") from None


@router.post("/rejected/{number}/retry", response_model=Outcome)
async def retry(
    request: Request,
    number: Annotated[int, Path(ge=1, lt=2**63)],
    connection: Connection,
    means: MeansOf,
    visitor: OperatorOf,
) -> Any:
    """Publish a refused event again."""
    return {"outcome": await retried(connection, means, visitor, number, address_of(request))}
