"""What services see of a Postgres that goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import Unavailable
from shared.plumbing import postgres
from tests.front import Streams, front

# As a server says goodbye: a fatal error, "terminating connection due to administrator command".
FIELDS = b"SFATAL\0VFATAL\x00C57P01\0Mterminating connection due to administrator command\0\0"
GOODBYE = b"E" + (len(FIELDS) + 4).to_bytes(4) + FIELDS


class Line:
    """The way to Postgres, on which it can be heard saying goodbye before it hangs up."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(database)
        told = parse_qs(parts.query)
        self.socket, self.database = f"{told['host'][0]}/.s.PGSQL.{told['port'][0]}", parts.path
        self.clients: list[asyncio.StreamWriter] = []

    async def there(self) -> Streams:
        return await asyncio.open_unix_connection(self.socket)

    async def shaken(self, _: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        self.clients.append(writing)

    def say_goodbye(self) -> None:
        for client in self.clients:
            client.write(GOODBYE)


@asynccontextmanager
async def line_to(database: str) -> AsyncIterator[tuple[Line, str]]:
    line = Line(database)
    async with front(line.there, line.shaken) as port:
        yield line, f"postgresql://attune@127.0.0.1:{port}{line.database}?sslmode=disable"


async def two_statements(pool: Any, line: Line) -> None:
    async with postgres.connected(pool) as connection:
        await connection.execute("select 1")
        line.say_goodbye()
        await asyncio.sleep(0.1)  # heard, and the line still open
        await connection.execute("select 1")


async def test_a_connection_that_ends_between_two_statements_is_a_server_that_went_away(database: str) -> None:
    async with line_to(database) as (line, url):
        pool = await postgres.pool(url, "test")

        with pytest.raises(Unavailable):
            await two_statements(pool, line)

        async with postgres.connected(pool) as connection:
            assert await connection.fetchval("select 1") == 1
        pool.terminate()
