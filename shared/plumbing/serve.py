"""Runs one service until it is told to stop."""

import gc
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn
from uvicorn.importer import import_from_string

from shared.errors import WRONG_USAGE, Refused
from shared.plumbing import logs
from shared.plumbing.settings import configured


def serve(app: str, address: str, trusted_proxies: Sequence[str] = ()) -> None:
    """Serve the application factory `module:name` at host:port, on uvloop.

    Where a request comes from is believed of `trusted_proxies` (addresses or networks) alone.
    """
    chosen = configured()
    logs.begin(app.split(".")[1], chosen.log_level, as_text=chosen.log_format == "text")
    # A batch is thousands of small objects without cycles: looking through them all again and again for
    # garbage would take more time than the work itself.
    gc.set_threshold(100_000, 20, 100)
    start = Start(app)
    try:
        uvicorn.run(start.made, **options(address, trusted_proxies))
    except Refused as error:
        raise refused(error) from None
    except SystemExit:
        if start.refusal is not None:
            raise refused(start.refusal) from None
        raise


def refused(error: Refused) -> SystemExit:
    """Say why it does not start: who reads the log wants the field and the rule, and not how we came upon them."""
    sys.stderr.write(f"attune: {error}\n")
    return SystemExit(WRONG_USAGE)


class Start:
    """The start of an application, which may be refused before it serves or while it begins."""

    def __init__(self, app: str) -> None:
        self.app = app
        self.refusal: Refused | None = None

    def made(self) -> Any:
        """Return the application, which keeps its refusal instead of its traceback."""
        application = import_from_string(self.app)()

        async def careful(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "lifespan":
                await application(scope, receive, send)
                return

            async def told(message: Any) -> None:
                # Starlette would tell the traceback; what is raised thereupon is told by uvicorn, unless we know why.
                if message["type"] != "lifespan.startup.failed":
                    await send(message)

            try:
                await application(scope, receive, told)
            except Refused as error:
                self.refusal = error
                await send({"type": "lifespan.startup.failed", "message": ""})
                raise

        return careful


def options(address: str, trusted_proxies: Sequence[str] = ()) -> dict[str, Any]:
    """Return how an application is served."""
    host, _, port = address.rpartition(":")
    return {
        "factory": True,
        # Left alone, uvicorn believes whoever is on this machine about where a request comes from.
        "proxy_headers": bool(trusted_proxies),
        "forwarded_allow_ips": list(trusted_proxies),
        "host": host,
        "port": int(port),
        "loop": "uvloop",
        "lifespan": "on",  # a service that cannot start ends, and whoever supervises it starts it again
        "access_log": False,
        "log_level": "warning",
        "timeout_graceful_shutdown": 10,
    }
