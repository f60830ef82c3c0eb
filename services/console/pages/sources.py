"""Sources: how each connector is doing, and what was refused, with a second chance."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from services.console import store
from services.console.gate import Connection, MeansOf, OperatorOf, WholeOf, address_of
from services.console.means import AWAY, Means
from services.console.render import page
from services.console.retrying import retried
from services.console.visitor import Role, Visitor
from shared.errors import Unavailable
from shared.plumbing import rejected, sources
from shared.plumbing.rejections import is_cut

router = APIRouter()

SHOWN = 50
ORIGINAL_SHOWN = 4000


@router.get("/sources")
async def show(connection: Connection, means: MeansOf, visitor: WholeOf) -> Response:
    """Show the sources and what was refused of them."""
    return await _page(connection, means, visitor)


@router.post("/sources/rejected/{number}/retry")
async def retry(
    request: Request,
    number: Annotated[int, Path(ge=1, lt=2**63)],
    connection: Connection,
    means: MeansOf,
    visitor: OperatorOf,
) -> Response:
    """Publish a refused event again."""
    done = await retried(connection, means, visitor, number, address_of(request))
    if request.headers.get("hx-request") == "true":
        return await _page(connection, means, visitor, done, template="sources_rejected.html")
    return RedirectResponse("/sources", 303)


async def _page(
    connection: Any, means: Means, visitor: Visitor, done: str | None = None, template: str = "sources.html"
) -> Response:
    known, refused, trouble = [], [], None
    try:
        jetstream = means.jetstream()
        known = await sources.registered(jetstream)
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
        may_act=visitor.may(Role.OPERATOR),
        done=done,
    )


def _shown(row: rejected.Rejection) -> dict[str, Any]:
    """Return a rejection fit to be shown: of an original that is no text, nothing."""
    is_text = row.get("encoding") == "utf-8"
    original = row["original"][:ORIGINAL_SHOWN] if is_text else "(not text)"
    return row | {"original": original, "is_final": rejected.is_conflict(row) or is_cut(row)}
