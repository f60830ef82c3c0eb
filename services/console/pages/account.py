"""One's own account: who one is here, and another password."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.console import accounts, attempts, secret
from services.console.answers import Conflict, Forbidden
from services.console.gate import BriefOf, Connection, MeansOf, VisitorOf, address_of, give_session
from services.console.means import Means
from services.console.render import page
from services.console.visitor import Visitor
from shared.errors import Refused
from shared.plumbing import clock
from shared.plumbing.postgres import connected

router = APIRouter()

CHANGED = "Your password is another one now. Wherever else you were signed in, you are no longer."
WRONG = "that is not your password as it is now"
TWICE = "the new password was not written the same way twice"
SAME = "the new password is the one you have"
NONE = "you sign in without a password: there is none to change"
MEANWHILE = "your password has been changed meanwhile: sign in again"
Password = Annotated[str, Form(max_length=secret.PASSWORD_MAX)]


@router.get("/account")
async def account(connection: Connection, visitor: VisitorOf, changed: bool = False) -> Response:
    """Show it."""
    return await _page(connection, visitor, told=CHANGED if changed else None)


@router.post("/account/password")
async def change_password(
    request: Request,
    means: MeansOf,
    visitor: BriefOf,
    current: Password = "",
    password: Password = "",
    again: Password = "",
) -> Response:
    """Give oneself another password, whoever is signed in elsewhere by the old one is so no longer."""
    if not visitor.csrf:
        raise Forbidden("a password is changed by who has signed in, not by a token")
    try:
        stored = await _begun(request, means, visitor)
        hashed = await means.signing_in.take(lambda: _exchanged(current, password, again, stored))
    except Refused as refusal:
        return await _refused(request, means, visitor, str(refusal))
    session = await _changed(request, means, visitor, stored, hashed)
    response = RedirectResponse("/account?changed=true", HTTPStatus.SEE_OTHER)
    give_session(response, means, session)
    return response


async def _begun(request: Request, means: Means, visitor: Visitor) -> str:
    """Count the attempt as one to sign in, so that nobody guesses at a browser left alone; return what is stored."""
    async with connected(means.pool) as connection:
        await attempts.begin(connection, address_of(request), visitor.name, clock.now())
        found = await accounts.of_name(connection, visitor.name)
    if found is None or found[1] is None:
        raise Refused(NONE)
    return found[1]


def _exchanged(current: str, password: str, again: str, stored: str) -> str:
    """Return what is stored of the new password; raise Refused where the old is wrong or the new will not do."""
    if not secret.is_password(current, stored):
        raise Refused(WRONG)
    if password != again:
        raise Refused(TWICE)
    if password == current:
        raise Refused(SAME)
    return secret.hashed(password)


async def _changed(request: Request, means: Means, visitor: Visitor, stored: str, hashed: str) -> str:
    """Store it and return the one session that goes on; raise Conflict where somebody else was faster."""
    now, address = clock.now(), address_of(request)
    async with connected(means.pool) as connection, connection.transaction():
        if not await accounts.change_password(connection, visitor.user_id, stored, hashed):
            raise Conflict(MEANWHILE)
        await attempts.forgive(connection, address, visitor.name, now)
        await accounts.audit(connection, now, visitor.name, "change password", visitor.name, address=address)
        return await accounts.begin_session(connection, visitor.user_id, now)


async def _refused(request: Request, means: Means, visitor: Visitor, why: str) -> Response:
    now, address = clock.now(), address_of(request)
    async with connected(means.pool) as connection:
        await accounts.audit(
            connection, now, visitor.name, "change password", visitor.name, done=False, address=address, why=why
        )
        return await _page(connection, visitor, error=why, status=HTTPStatus.FORBIDDEN)


async def _page(
    connection: Any,
    visitor: Visitor,
    *,
    told: str | None = None,
    error: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    found = await accounts.of_name(connection, visitor.name)
    return page(
        "account.html",
        status=status,
        visitor=visitor,
        nav="account",
        has_password=found is not None and found[1] is not None,
        password_min=secret.PASSWORD_MIN,
        told=told,
        error=error,
    )
