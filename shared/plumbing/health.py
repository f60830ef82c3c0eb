"""What every service answers over HTTP: is it alive, is it ready, how much has it done."""

from collections.abc import Awaitable, Callable

from faststream.asgi import AsgiResponse, get
from faststream.asgi.types import ASGIApp, Scope
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Obstacle = Callable[[], Awaitable[str | None]]
"""Returns what keeps the service from working right now, or None."""


def routes(obstacle: Obstacle) -> list[tuple[str, ASGIApp]]:
    """Return `/livez`, `/readyz` and `/metrics`."""

    @get
    async def livez(_: Scope) -> AsgiResponse:
        return AsgiResponse(b"alive\n", 200)

    @get
    async def readyz(_: Scope) -> AsgiResponse:
        reason = await obstacle()
        return AsgiResponse(b"ready\n", 200) if reason is None else AsgiResponse(f"{reason}\n".encode(), 503)

    @get
    async def metrics(_: Scope) -> AsgiResponse:
        return AsgiResponse(generate_latest(), 200, {"content-type": CONTENT_TYPE_LATEST})

    return [("/livez", livez), ("/readyz", readyz), ("/metrics", metrics)]
