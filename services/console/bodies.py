"""How much a request may bring: forms and short documents, so that nobody fills the memory."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BYTES_MAX = 256 * 1024
TOO_LARGE = PlainTextResponse("The request is too large.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


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
            await PlainTextResponse("The request is too large.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)(
                scope, receive, send
            )
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > BYTES_MAX:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too large")
            return message

        await self.app(scope, counted, send)
