"""How errors reach people: a page, a part of one, or `problem+json` (RFC 9457) for programs."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.console import accounts
from services.console.answers import Answer, Forbidden, SignInNeeded
from services.console.headers import ALWAYS
from services.console.render import page
from shared.errors import AttuneError, Unavailable
from shared.plumbing import clock
from shared.plumbing.postgres import connected

TITLES = {
    HTTPStatus.BAD_REQUEST: "That cannot be asked",
    HTTPStatus.UNAUTHORIZED: "Sign in to go on",
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.CONFLICT: "Somebody was faster",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many attempts",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That cannot be asked",
    HTTPStatus.SERVICE_UNAVAILABLE: "A server does not answer",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here",
}
API = "/api/v1/"
SUBJECT_MAX = 200
FAULT = "attune made a mistake: its log says which; try again, or do without this page for now"


def install(app: FastAPI) -> None:
    """Answer errors as pages."""
    app.add_exception_handler(AttuneError, _as_page)
    app.add_exception_handler(HTTPException, _as_page)
    app.add_exception_handler(RequestValidationError, _as_page)
    app.add_exception_handler(Exception, _fault_as_page)


def install_problems(app: FastAPI) -> None:
    """Answer errors as `problem+json`."""
    app.add_exception_handler(AttuneError, _as_problem)
    app.add_exception_handler(HTTPException, _as_problem)
    app.add_exception_handler(RequestValidationError, _as_problem)
    app.add_exception_handler(Exception, _fault_as_problem)


def told(error: Exception) -> tuple[HTTPStatus, str]:
    """Return the status and the sentence of an error."""
    match error:
        case Answer():
            return error.status, str(error)
        case Unavailable():
            return HTTPStatus.SERVICE_UNAVAILABLE, "something attune depends on does not answer; try again in a moment"
        case AttuneError():
            return HTTPStatus.BAD_REQUEST, str(error)
        case RequestValidationError():
            return HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(_sentence(problem) for problem in error.errors())
        case HTTPException():
            return HTTPStatus(error.status_code), str(error.detail)
    raise error


def _sentence(problem: dict[str, object]) -> str:
    where = problem["loc"]
    parts = [str(part) for part in where] if isinstance(where, tuple) else [str(where)]
    return f"{'.'.join(parts[1:]) or parts[0]}: {problem['msg']}"


def problem(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as RFC 9457 writes it."""
    told = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return Response(orjson.dumps(told), status, headers, media_type="application/problem+json")


async def _note(request: Request, error: Exception) -> None:
    """Keep in the audit what somebody who is known tried and was not allowed to do."""
    visitor = _known(request)
    if visitor is None or not isinstance(error, Forbidden):
        return
    subject, address = request.url.path[:SUBJECT_MAX], request.client.host if request.client else None
    async with connected(request.app.state.means.pool) as connection:
        await accounts.audit(
            connection, clock.now(), visitor.name, request.method, subject, done=False, address=address, why=str(error)
        )


async def _as_problem(request: Request, error: Exception) -> Response:
    await _note(request, error)
    status, detail = told(error)
    headers = dict(getattr(error, "headers", None) or {})
    if status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="attune"'
    return problem(status, detail, headers)


async def _fault_as_problem(_: Request, __: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, FAULT)


async def _fault_as_page(request: Request, _: Exception) -> Response:
    """Say so outside all our layers: the headers that they set are set here."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if request.headers.get("hx-request") == "true":
        return Response(f"{FAULT[:1].upper()}{FAULT[1:]}.", status, ALWAYS, media_type="text/plain")
    answer = page("refused.html", status=status, title=TITLES[status], detail=FAULT, visitor=None)
    answer.headers.update(ALWAYS)
    return answer


async def _as_page(request: Request, error: Exception) -> Response:
    await _note(request, error)
    status, detail = told(error)
    is_part = request.headers.get("hx-request") == "true"
    if isinstance(error, SignInNeeded):
        return _to_sign_in(request, is_part=is_part)
    if is_part:
        return Response(f"{detail[:1].upper()}{detail[1:]}.", status, media_type="text/plain")
    return page(
        "refused.html", status=status, title=TITLES.get(status, status.phrase), detail=detail, visitor=_known(request)
    )


def _known(request: Request) -> Any:
    """Return who asks, where that is known already, so that the page keeps its ways to the others."""
    return getattr(request.state, "visitor", None)


def _to_sign_in(request: Request, *, is_part: bool) -> Response:
    """Send the whole browser to the sign-in page, even where only a part of a page was asked for."""
    if is_part:
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/signin?ended=1"})
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    then = f"?then={quote(path)}" if request.method == "GET" and path != "/" else ""
    return RedirectResponse(f"/signin{then}", HTTPStatus.SEE_OTHER)
