"""Who comes in, and with what right: what pages and API ask of every request before they do anything."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from services.console import accounts, secret, store
from services.console.answers import Forbidden, SignInNeeded
from services.console.means import Means
from services.console.visitor import Role, Visitor
from shared.errors import Refused
from shared.plumbing import clock
from shared.plumbing.postgres import connected

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BEARER = "bearer "
NULL_IN_JSON = b"\\u0000"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def means(request: Request) -> Means:
    """Return what the console works with."""
    found: Means = request.app.state.means
    return found


async def connection(request: Request) -> AsyncIterator[Any]:
    """Lend a connection to Postgres for the time of a request."""
    async with connected(means(request).pool) as lent:
        yield lent


async def plain(request: Request) -> None:
    """Refuse null characters wherever a request holds text: Postgres keeps none."""
    given = [*request.path_params.values(), *request.query_params.values()]
    if request.method not in SAFE and request.headers.get("content-type", "").startswith(FORMS):
        given += (await request.form()).values()
    is_json = request.headers.get("content-type", "").startswith("application/json")
    escaped = is_json and NULL_IN_JSON in await request.body()
    if escaped or any("\x00" in text for text in given if isinstance(text, str)):
        raise Refused("the request must hold no null characters")


MeansOf = Annotated[Means, Depends(means)]
Connection = Annotated[Any, Depends(connection)]


def cookie_name(means: Means) -> str:
    """Return what the session's cookie is called; browsers keep `__Host-` to this host and HTTPS."""
    return "__Host-attune" if means.is_secure else "attune"


def give_session(response: Response, means: Means, session: str) -> None:
    """Have the browser hold the session: for this site and no script."""
    response.set_cookie(
        cookie_name(means),
        session,
        max_age=int(accounts.SESSION_FOR.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=means.is_secure,
    )


def address_of(request: Request) -> str:
    """Return where a request comes from, as the nearest server sees it."""
    return request.client.host if request.client else "unknown"


async def visitor(request: Request, connection: Connection, means: MeansOf) -> Visitor:
    """Return who asks; raise SignInNeeded when nobody is known, Forbidden when another site sent them to act."""
    found = await _by_token(request, connection) or await _by_session(request, connection, means)
    if found is None:
        raise SignInNeeded("sign in to go on: nobody is signed in, or the session has run out")
    request.state.visitor = found
    if request.method not in SAFE and found.csrf:
        await _check_sent_by_us(request, found, means)
    return found


VisitorOf = Annotated[Visitor, Depends(visitor)]


async def brief(request: Request, means: MeansOf) -> Visitor:
    """Return who asks, and hold no connection after that: for what takes long."""
    async with connected(means.pool) as lent:
        return await visitor(request, lent, means)


BriefOf = Annotated[Visitor, Depends(brief)]


def needs(role: Role) -> Callable[[VisitorOf], Coroutine[None, None, Visitor]]:
    """Return the dependency that lets in who may do what the role allows."""

    async def allowed(visitor: VisitorOf) -> Visitor:
        check_may(visitor, role)
        if role is Role.ADMIN:
            check_whole(visitor)
        return visitor

    return allowed


def check_may(visitor: Visitor, role: Role) -> None:
    """Raise Forbidden for who may not do what the role allows."""
    if not visitor.may(role):
        raise Forbidden(f"this takes the role {role}; {visitor.name} is {visitor.role}")


def check_whole(visitor: Visitor) -> None:
    """Raise Forbidden for who is limited: what belongs to no initiative is for those who see all of them."""
    if visitor.initiatives is not None:
        raise Forbidden("this belongs to no initiative: it is for those who see all of them")


async def whole(visitor: VisitorOf) -> Visitor:
    """Let in who sees every initiative."""
    check_whole(visitor)
    return visitor


OperatorOf = Annotated[Visitor, Depends(needs(Role.OPERATOR))]
AdminOf = Annotated[Visitor, Depends(needs(Role.ADMIN))]
WholeOf = Annotated[Visitor, Depends(whole)]


async def _by_token(request: Request, connection: Any) -> Visitor | None:
    given = request.headers.get("authorization", "")
    if not given.lower().startswith(BEARER):
        return None
    found = await accounts.of_token(connection, given[len(BEARER) :].strip(), "api", clock.now())
    if found is None:
        raise SignInNeeded("the token in the header Authorization is not known, or has run out")
    return found


async def _by_session(request: Request, connection: Any, means: Means) -> Visitor | None:
    session = request.cookies.get(cookie_name(means))
    return await accounts.of_session(connection, session, clock.now()) if session else None


async def _check_sent_by_us(request: Request, visitor: Visitor, means: Means) -> None:
    if not is_same_site(request, means):
        raise Forbidden("the request came from another site")
    given = request.headers.get("x-csrf-token") or await _csrf_of_form(request)
    if not secret.is_csrf(given, visitor.csrf):
        raise Forbidden("the form is no longer valid: load the page again")


def is_same_site(request: Request, means: Means) -> bool:
    """Tell whether a browser says that one of our own pages sent the request, or says nothing."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    ours = {request.headers.get("host"), urlsplit(means.settings.console_url).netloc}
    return origin is None or urlsplit(origin).netloc in ours


async def _csrf_of_form(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(FORMS):
        return ""
    return str((await request.form()).get("csrf", ""))


async def prepared(connection: Any) -> None:
    """Make a connection of the pool ready for our statements."""
    await store.prepare(connection)
