"""What every answer says of itself."""

import asyncio
from typing import Any

from services.console.headers import Headers

SLOW_SECONDS = 0.02


async def slowly(_: Any, __: Any, send: Any) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_an_answer_says_how_long_the_server_took() -> None:
    said: dict[bytes, bytes] = {}

    async def heard(message: Any) -> None:
        said.update(message.get("headers", []))

    await Headers(slowly, is_secure=False)({"type": "http", "path": "/"}, None, heard)  # type: ignore[arg-type]

    name, milliseconds = said[b"server-timing"].decode().split(";dur=")
    assert name == "total"
    assert float(milliseconds) >= 1000 * SLOW_SECONDS
