"""The console on a fresh database, and somebody who looks at it."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from services.console import accounts, standings
from services.console.visitor import Role
from shared.plumbing.clock import now
from tests.integration.alerts.story import Story

PASSWORD = "correct horse battery"  # noqa: S105 -- opens nothing
HOST = "http://console.example"


@dataclass
class Desk:
    """What happened to whom, and a browser without scripts."""

    story: Story
    client: httpx.AsyncClient
    pool: Any
    """The console's connections, with its rights."""

    @property
    def connection(self) -> asyncpg.Connection:
        return self.story.connection

    async def user(self, role: Role = Role.ADMIN, initiatives: list[str] | None = None, name: str = "") -> str:
        """Add a user called like their role, and return their name."""
        called = name or role.value
        user_id = await accounts.add_user(self.connection, called, role, now(), password=PASSWORD)
        await self.connection.execute(
            "update console.users set initiatives = $2 where user_id = $1", user_id, initiatives
        )
        return called

    async def sign_in(self, role: Role = Role.ADMIN, initiatives: list[str] | None = None) -> None:
        """Sign in as a new user with this role."""
        name = await self.user(role, initiatives)
        answer = await self.client.post("/signin", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text

    async def token(self, role: Role = Role.ADMIN, initiatives: list[str] | None = None) -> dict[str, str]:
        """Return the header that a program of a new user sends."""
        name = await self.user(role, initiatives, f"robot {role}")
        user_id = await self.connection.fetchval("select user_id from console.users where name = $1", name)
        token = await accounts.grant(self.connection, user_id, "api", now(), None)
        return {"authorization": f"Bearer {token}"}

    async def refresh(self) -> None:
        """Bring what lists are sorted by up to date."""
        async with self.pool.acquire() as connection:
            for refreshed in (standings.standings, standings.coverage, standings.sources):
                await refreshed(connection, now())

    async def page(self, path: str, **more: Any) -> str:
        """Return a page that must be there."""
        answer = await self.client.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def csrf(self) -> str:
        """Return what forms carry."""
        return (await self.page("/")).split('name="csrf" value="')[1].split('"')[0]
