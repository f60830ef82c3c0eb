"""How much a request may bring: forms and short documents, so that nobody fills the memory."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.refusing import API, problem

BYTES_MAX = 256 * 1024
TOO_LARGE = f"the request is larger than {BYTES_MAX // 1024} KB"
STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Bodies:
    """Refuses what is larger, by what it says of itself or by what arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while it is small."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said) > BYTES_MAX:
            await _refusal(scope["path"])(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > BYTES_MAX:
                raise HTTPException(STATUS, TOO_LARGE)
            return message

        await self.app(scope, counted, send)


def _refusal(path: str) -> Response:
    return (
        problem(STATUS, TOO_LARGE) if path.startswith(API) else PlainTextResponse(f"{TOO_LARGE.capitalize()}.", STATUS)
    )
