"""ETags: who asks again for what has not changed gets no body."""

import hashlib
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Tags:
    """Tags every JSON answer to a GET by its content."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the answer back until it is whole, and compare."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def held(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not _is_json(message):
                    await send(message)
            elif start is None or not _is_json(start):
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _tagged(scope, start, body, send)

        await self.app(scope, receive, held)


def _is_json(start: Message) -> bool:
    content = Headers(raw=start["headers"]).get("content-type", "")
    return bool(start["status"] == HTTPStatus.OK and content.startswith("application/json"))


async def _tagged(scope: Scope, start: Message, body: bytes, send: Send) -> None:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [word.strip().removeprefix("W/") for word in Headers(scope=scope).get("if-none-match", "").split(",")]
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["etag"] = tag
    if tag in known or "*" in known:
        del headers["content-length"]
        start, body = {**start, "status": int(HTTPStatus.NOT_MODIFIED)}, b""
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
