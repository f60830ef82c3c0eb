"""Runs one service until it is told to stop."""

import gc
from collections.abc import Sequence
from typing import Any

import uvicorn

from shared.errors import Refused
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
    try:
        uvicorn.run(app, **options(address, trusted_proxies))
    except Refused as error:
        # Who reads the log wants the field and the rule, and not how we came upon them.
        raise SystemExit(f"attune: {error}") from None


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
