"""The console's own files, under addresses that change when they do, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).parent / "static"
FOR_EVER = b"public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Serves `/static/<version>/<file>`; the version is only there to be new."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def get_path(self, scope: Scope) -> str:
        """Return the file's path without the version."""
        return super().get_path(scope).partition("/")[2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and let browsers keep what was found."""

        async def lasting(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004 -- found
                headers = [*message["headers"], (b"cache-control", FOR_EVER)]  # type: ignore[misc]
                message = {**message, "headers": headers}
            await send(message)

        await super().__call__(scope, receive, lasting)  # type: ignore[arg-type]


@cache
def version() -> str:
    """Return what names the present content of all files together."""
    content = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            content.update(path.read_bytes())
    return content.hexdigest()[:12]


def address(name: str) -> str:
    """Return where a browser finds a file."""
    return f"/static/{version()}/{name}"
