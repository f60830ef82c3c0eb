"""One source's way in, and what becomes of what it sends."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import nats
import orjson
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.plumbing.counted import counted
from shared.plumbing.credentials import Credentials
from shared.plumbing.jetstream import REJECTED


@dataclass
class Intake:
    """Sends as the source does, and looks as an operator does."""

    credentials: Credentials
    client: Client
    """Knows the source's credentials only."""
    jetstream: JetStreamContext
    database: asyncpg.Connection
    rejected_before: int

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, credentials: Credentials, admin: Client, database: asyncpg.Connection
    ) -> AsyncIterator["Intake"]:
        """Connect as the source while the block lasts."""
        client = await nats.connect(credentials.nats_url, inbox_prefix=credentials.inbox_prefix.encode())
        jetstream = admin.jetstream()
        state = (await jetstream.stream_info(REJECTED)).state
        yield cls(credentials, client, jetstream, database, state.last_seq)
        await client.close()

    async def send(self, message: bytes | dict[str, Any] | list[Any]) -> None:
        """Publish one message as it stands, and return once NATS has stored it."""
        payload = message if isinstance(message, bytes) else orjson.dumps(message)
        answer = await self.client.request(self.credentials.subject, payload, timeout=10)
        assert orjson.loads(answer.data)["stream"] == "INTAKE"

    async def settled(self) -> None:
        """Return once all that was sent is counted or refused."""
        await counted(self.jetstream, lambda _done, _all: None)

    async def logged(self, ids: Iterable[str]) -> list[str]:
        """Return the ids of these events that are in the log, as often as they are."""
        rows = await self.database.fetch(
            "select id from attune.touchpoints where source = $1 and id = any($2) order by id",
            self.credentials.name,
            list(ids),
        )
        return [row["id"] for row in rows]

    async def rejected(self) -> list[dict[str, Any]]:
        """Return what was refused since the test began."""
        last = (await self.jetstream.stream_info(REJECTED)).state.last_seq
        messages = [await self.jetstream.get_msg(REJECTED, seq) for seq in range(self.rejected_before + 1, last + 1)]
        return [orjson.loads(message.data or b"") for message in messages]
