"""Everything that is about no single person: who asks, initiatives, sources, and what was refused."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from services.console import coverage, store
from services.console.answers import Missing
from services.console.api.documents import Coverage, Initiative, Me, Outcome, Rejected, Source, System
from services.console.gate import Connection, MeansOf, OperatorOf, VisitorOf, WholeOf, address_of
from services.console.means import AWAY
from services.console.retrying import retried
from services.console.system import told
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
async def covered(connection: Connection, visitor: VisitorOf, initiative: Annotated[str, Query(max_length=500)]) -> Any:
    """Show the coverage of one initiative, function by level, its trend, and who falls short or is missing."""
    known = {row["initiative"] for row in await store.rows(connection, "initiatives", visitor.scope)}
    if initiative not in known:
        raise Missing("there is no such initiative")
    found = await coverage.of(connection, initiative, clock.now())
    alone = found.single_threaded
    return {
        **found._asdict(),
        "initiative": initiative,
        "single_threaded": {
            "single": alone[0]["single"] if alone else 0,
            "named": alone[0]["named"] if alone else None,
            "most_important": alone,
        },
    }


@router.get("/system", response_model=System)
async def system(connection: Connection, means: MeansOf, visitor: WholeOf) -> Any:
    """Show lag, versions, and the model in force with what it says otherwise than the one before."""
    del visitor
    found = await told(connection, means)
    return {
        **found._asdict(),
        "postgres": found.server["version"],
        "postgres_bytes": found.server["bytes"],
        "relationships": found.server["relationships"],
        "nats": found.lag.version if found.lag else None,
        "waiting": found.lag.waiting if found.lag else None,
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
