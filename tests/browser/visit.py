"""One person at a browser, and everything that went wrong while they looked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from playwright.async_api import Browser, Page

from tests.browser.world import PASSWORD

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PATIENCE_MS = 10_000


@dataclass(frozen=True, slots=True)
class Console:
    """Where it is, and what is behind it."""

    url: str
    database: str

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """Look behind it."""
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()


@dataclass
class Visit:
    """A page, and what its console complained about."""

    console: Console
    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    async def goes_to(self, path: str) -> None:
        """Open a page and wait for its scripts."""
        await self.page.goto(self.console.url + path)
        await self.page.wait_for_load_state("networkidle")

    async def signs_in(self, role: str) -> None:
        """Sign in with a password."""
        await self.goes_to("/signin")
        await self.page.get_by_label("Name").fill(role)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.wait_for_url(self.console.url + "/")

    async def violations(self) -> list[str]:
        """Return what axe finds on the page."""
        # By the debugger's door: our own policy would not let the script in.
        await self.page.evaluate(AXE)
        found = await self.page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]


@asynccontextmanager
async def visiting(
    browser: Browser, console: Console, role: str | None = "operator", **more: Any
) -> AsyncIterator[Visit]:
    """Look at the console; at the end nobody may have complained."""
    context = await browser.new_context(**more)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    visit = Visit(console, page)
    page.on("console", lambda said: visit.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("request", lambda request: visit.hosts.add(request.url.split("/")[2]))
    if role:
        await visit.signs_in(role)
    yield visit
    await context.close()
    assert visit.complaints == []
    assert visit.hosts <= {console.url.removeprefix("http://")}
