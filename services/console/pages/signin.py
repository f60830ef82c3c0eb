"""Coming in and going out: by password, by a link that `attune run` prints, or by OpenID Connect."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.console import accounts, attempts, secret
from services.console.answers import Forbidden
from services.console.gate import Connection, MeansOf, VisitorOf, address_of, cookie_name, give_session, is_same_site
from services.console.means import Means
from services.console.oidc import Attempt, Person
from services.console.render import page
from services.console.visitor import Role, Visitor, visitor
from shared.errors import Refused
from shared.plumbing import clock
from shared.plumbing.postgres import connected

router = APIRouter()

ATTEMPT = "attune-signin"
ATTEMPT_FOR = timedelta(minutes=10)
WRONG = "that name and password do not belong together"
LINK_USED = "the link has been used already, or has run out: `attune console link` prints another"


@router.get("/signin")
async def signin(means: MeansOf, then: str = "/", ended: bool = False) -> Response:
    """Show the form."""
    told = "Your session has ended. Sign in again to go on." if ended else None
    return _form(means, then, told=told)


@router.post("/signin")
async def with_password(
    request: Request,
    means: MeansOf,
    name: Annotated[str, Form(max_length=accounts.NAME_MAX)] = "",
    password: Annotated[str, Form(max_length=secret.PASSWORD_MAX)] = "",
    then: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Begin a session for whoever knows the password."""
    _check_ours(request, means)
    # No connection is held while a password is looked at: strangers could hold them all.
    async with connected(means.pool) as connection:
        await attempts.begin(connection, address_of(request), name, clock.now())
        found = await accounts.of_name(connection, name)
    stored = found[1] if found else None
    is_theirs = await means.signing_in.take(lambda: secret.is_password(password, stored))
    async with connected(means.pool) as connection:
        if found is None or not is_theirs:
            await _failed(request, connection, name, "password")
            return _form(means, then, error=WRONG, name=name, status=HTTPStatus.FORBIDDEN)
        return await _welcome(request, means, connection, found[0], then, "password", name)


@router.get("/signin/link")
async def with_link(token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the button that uses the link: who only looks at it, such as a scanner of mail, does not use it up."""
    return page("signin_link.html", visitor=None, token=token)


@router.post("/signin/link")
async def by_link(
    request: Request, means: MeansOf, connection: Connection, token: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Begin a session for whoever holds the link, once."""
    _check_ours(request, means)
    await attempts.begin(connection, address_of(request), "", clock.now())
    found = await accounts.of_token(connection, token, "signin", clock.now())
    if found is None:
        await _failed(request, connection, "", "link")
        return _form(means, "/", error=LINK_USED, status=HTTPStatus.FORBIDDEN)
    return await _welcome(request, means, connection, found, "/", "link")


@router.get("/signin/oidc")
async def with_provider(means: MeansOf, then: str = "/") -> Response:
    """Send the visitor to the OpenID provider."""
    if means.provider is None:
        raise Refused("no OpenID provider is set: see ATTUNE_OIDC_ISSUER")
    attempt = Attempt()
    response = RedirectResponse(await means.provider.address(attempt, clock.now()), HTTPStatus.SEE_OTHER)
    kept = orjson.dumps([attempt.state, attempt.nonce, attempt.verifier, _ours(then)]).hex()
    response.set_cookie(
        ATTEMPT,
        kept,
        max_age=int(ATTEMPT_FOR.total_seconds()),
        path="/signin",
        httponly=True,
        samesite="lax",
        secure=means.is_secure,
    )
    return response


@router.get("/signin/oidc/back")
async def from_provider(
    request: Request,
    means: MeansOf,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Begin a session for whom the provider vouches for."""
    if means.provider is None:
        raise Refused("no OpenID provider is set: see ATTUNE_OIDC_ISSUER")
    async with connected(means.pool) as connection:
        await attempts.begin(connection, address_of(request), "", clock.now())
    try:
        attempt, then = _answered(request.cookies.get(ATTEMPT, ""), state, error)
        person = await means.provider.person(code, attempt, clock.now())
        async with connected(means.pool) as connection:
            found = await _known(connection, means, person)
            response = await _welcome(request, means, connection, found, then, "provider")
    except Refused as refusal:
        async with connected(means.pool) as connection:
            await _failed(request, connection, "", "provider")
        return _form(means, "/", error=str(refusal), status=HTTPStatus.FORBIDDEN)
    response.delete_cookie(ATTEMPT, path="/signin")
    return response


@router.post("/signout")
async def signout(request: Request, means: MeansOf, connection: Connection, visitor: VisitorOf) -> Response:
    """End the session."""
    await accounts.end_session(connection, request.cookies.get(cookie_name(means), ""))
    await accounts.audit(connection, clock.now(), visitor.name, "sign out", "console", address=address_of(request))
    response = RedirectResponse("/signin", HTTPStatus.SEE_OTHER)
    response.delete_cookie(cookie_name(means), path="/", secure=means.is_secure, httponly=True, samesite="lax")
    return response


def _form(means: Means, then: str, *, status: HTTPStatus = HTTPStatus.OK, **facts: Any) -> Response:
    told = {"told": None, "error": None, "name": ""} | facts
    provider = f"/signin/oidc?{urlencode({'then': _ours(then)})}" if means.provider else None
    return page("signin.html", status=status, visitor=None, then=_ours(then), provider=provider, **told)


def _ours(then: str) -> str:
    """Return where to go after signing in: never to another host."""
    is_ours = then.startswith("/") and not then.startswith(("//", "/\\", "/signin")) and then.isprintable()
    return then if is_ours else "/"


def _check_ours(request: Request, means: Means) -> None:
    if not is_same_site(request, means):
        raise Forbidden("the request came from another site")


async def _failed(request: Request, connection: Any, name: str, by: str) -> None:
    await accounts.audit(
        connection, clock.now(), name or "unknown", "sign in", "console", done=False, address=address_of(request), by=by
    )


async def _welcome(
    request: Request, means: Means, connection: Any, found: Visitor, then: str, by: str, name: str = ""
) -> Response:
    now = clock.now()
    async with connection.transaction():
        # Whoever sat here before does not stay signed in.
        await accounts.end_session(connection, request.cookies.get(cookie_name(means), ""))
        session = await accounts.begin_session(connection, found.user_id, now)
        await attempts.forgive(connection, address_of(request), name, now)
        await accounts.audit(connection, now, found.name, "sign in", "console", address=address_of(request), by=by)
    response = RedirectResponse(_ours(then), HTTPStatus.SEE_OTHER)
    give_session(response, means, session)
    return response


def _answered(kept: str, state: str, error: str) -> tuple[Attempt, str]:
    """Return the attempt that the provider answers to, and where it leads; raise Refused when it is another's."""
    attempt, then = _attempt(kept)
    if error:
        raise Refused(f"the provider let nobody in: {error}")
    if not secret.is_csrf(state, attempt.state):
        raise Refused("this is not the sign-in that was begun")
    return attempt, then


def _attempt(kept: str) -> tuple[Attempt, str]:
    try:
        words = orjson.loads(bytes.fromhex(kept))
    except ValueError:
        words = None
    match words:
        case [str(state), str(nonce), str(verifier), str(then)]:
            return Attempt(state, nonce, verifier), then
    raise Refused("this sign-in took too long, or was begun in another browser: begin again")


async def _known(connection: Any, means: Means, person: Person) -> Visitor:
    """Return the user that the provider's person is; a stranger becomes one only where the settings say so."""
    found = await accounts.of_identity(connection, person.identity)
    if found is not None:
        return found
    if person.email and (invited := await accounts.invited(connection, person.email, person.identity)):
        return invited
    if not means.settings.oidc_role:
        raise Refused(f"{person.email or person.name} is no user of attune: an admin must add them")
    role = Role(means.settings.oidc_role)
    name = person.email or person.identity
    user_id = await accounts.add_user(connection, name, role, clock.now(), identity=person.identity)
    return visitor(user_id, name, role, None)
