"""What every answer says to the browser about itself, and how long it took."""

import time
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.counts import REQUEST_SECONDS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from another host."""
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
FOR_A_YEAR = "max-age=31536000"


class Headers:
    """Sets the headers, forbids caching of what people see, and measures."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        self.always = ALWAYS | ({"strict-transport-security": FOR_A_YEAR} if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and complete what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        is_told = False

        async def told(message: Message) -> None:
            nonlocal is_told
            if message["type"] == "http.response.start":
                is_told = True
                headers = MutableHeaders(scope=message)
                for name, value in self.always.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "private, no-cache")
                took = time.perf_counter() - began
                headers["server-timing"] = f"total;dur={1000 * took:.1f}"
                REQUEST_SECONDS.labels(_route(scope), message["status"]).observe(took)
            await send(message)

        try:
            await self.app(scope, receive, told)
        except Exception:
            if not is_told:  # it is answered outside of us
                REQUEST_SECONDS.labels(_route(scope), 500).observe(time.perf_counter() - began)
            raise


def _route(scope: Any) -> str:
    """Return the pattern that the path matched, never the path: it would be one series per relationship."""
    route = scope.get("route")
    return str(getattr(route, "path", None) or ("static" if scope["path"].startswith("/static/") else "other"))
