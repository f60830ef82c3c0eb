"""Sources: how each connector is doing, and what was refused, with a second chance."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.console import accounts, store
from services.console.answers import Forbidden
from services.console.counts import ACTIONS
from services.console.gate import Connection, MeansOf, OperatorOf, VisitorOf, address_of
from services.console.means import AWAY, Means
from services.console.render import page
from services.console.visitor import Role, Visitor
from shared.errors import Unavailable
from shared.plumbing import clock, rejected, sources
from shared.plumbing.rejections import is_cut

router = APIRouter()

SHOWN = 50
ORIGINAL_SHOWN = 4000


@router.get("/sources")
async def show(connection: Connection, means: MeansOf, visitor: VisitorOf) -> Response:
    """Show the sources and what was refused of them."""
    return await _page(connection, means, visitor)


@router.post("/sources/rejected/{number}/retry")
async def retry(
    request: Request,
    number: int,
    connection: Connection,
    means: MeansOf,
    visitor: OperatorOf,
    csrf: Annotated[str, Form()] = "",  # noqa: ARG001 -- checked at the gate
) -> Response:
    """Publish a refused event again."""
    _check_whole(visitor)
    done = await retried(connection, means, visitor, number, address_of(request))
    if request.headers.get("hx-request") == "true":
        return await _page(connection, means, visitor, done, template="sources_rejected.html")
    return RedirectResponse("/sources", 303)


async def retried(connection: Any, means: Means, visitor: Visitor, number: int, address: str) -> str:
    """Publish a refused event again, audit it, and return what became of it."""
    jetstream, now = means.jetstream(), clock.now()
    try:
        outcome = await rejected.retry(jetstream, [await rejected.one(jetstream, number)])
    except AWAY as error:
        raise Unavailable(f"NATS does not answer: {error!r}") from None
    done = bool(outcome.published)
    await accounts.audit(connection, now, visitor.name, "retry", f"rejected {number}", done=done, address=address)
    ACTIONS.labels("retry", "done" if done else "refused").inc()
    if outcome.conflicts:
        return "It stays refused: an event with this id is counted already, or can never be. Publish it under a new id."
    return "Published again." if done else "Only its beginning was kept, so it cannot be published again."


def _check_whole(visitor: Visitor) -> None:
    """Refused events belong to no initiative: they are for those who see everything."""
    if visitor.initiatives is not None:
        raise Forbidden("refused events belong to no initiative: they are for those who see all of them")


async def _page(
    connection: Any, means: Means, visitor: Visitor, done: str | None = None, template: str = "sources.html"
) -> Response:
    known, refused, trouble = [], [], None
    try:
        jetstream = means.jetstream()
        known = await sources.registered(jetstream)
        if visitor.initiatives is None:
            refused = [_shown(row) for row in reversed(await rejected.latest(jetstream, SHOWN))]
    except (Unavailable, *AWAY) as error:
        trouble = str(error) or "NATS does not answer"
    seen = {row["source"]: row for row in await store.rows(connection, "sources")}
    names = sorted({*seen, *(name for name, _ in known)})
    return page(
        template,
        visitor=visitor,
        nav="sources",
        sources=[{"name": name, "added_at": dict(known).get(name), "seen": seen.get(name)} for name in names],
        refused=refused,
        trouble=trouble,
        may_act=visitor.may(Role.OPERATOR) and visitor.initiatives is None,
        done=done,
    )


def _shown(row: rejected.Rejection) -> dict[str, Any]:
    """Return a rejection fit to be shown: of an original that is no text, nothing."""
    is_text = row.get("encoding") == "utf-8"
    original = row["original"][:ORIGINAL_SHOWN] if is_text else "(not text)"
    return row | {"original": original, "is_final": rejected.is_conflict(row) or is_cut(row)}
