"""Takes the pictures in docs/screenshots from the demo: `make screenshots`."""

import asyncio
from pathlib import Path
from typing import Literal

import asyncpg
from playwright.async_api import Browser, ViewportSize, async_playwright

from tests.browser.conftest import CHROMIUM
from tests.house import House, opened, until

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
PERSON = "Helen Brandt"
WIDE = ViewportSize(width=1280, height=860)
TALL = ViewportSize(width=1280, height=1180)
NARROW = ViewportSize(width=390, height=844)


async def main() -> None:
    """Play the demo in a house of its own, look at each page, and leave nothing behind."""
    FOLDER.mkdir(exist_ok=True)
    with opened() as house:
        house.attune("demo")
        await until(lambda: refreshed(house))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            await take(browser, house)
            await browser.close()


async def refreshed(house: House) -> bool:
    """Tell whether lists and map know everybody."""
    connection = await house.postgres()
    try:
        return bool(
            await connection.fetchval("select count(*) > 10 from console.days") and await _is_listed(connection)
        )
    finally:
        await connection.close()


async def _is_listed(connection: asyncpg.Connection) -> bool:
    statement = "select count(*) = 40 and count(drifts_at) > 20 from console.standings"
    return bool(await connection.fetchval(statement))


async def take(browser: Browser, house: House) -> None:
    """Take every picture."""
    link = house.attune("console", "link").strip()
    url = link.split("/signin")[0]
    start = await browser.new_context()
    page = await start.new_page()
    await page.goto(link)
    await page.get_by_role("button", name="Sign in on this browser").click()
    await page.wait_for_url(f"{url}/")
    state = await start.storage_state()
    connection = await house.postgres()
    id_ = await connection.fetchval(
        "select relationship_id from roster.stakeholders join roster.people using (person_id) where name = $1", PERSON
    )
    alert_id = await connection.fetchval(
        "select alert_id from alerts.alerts where relationship_id is not null and status = 'open' order by score limit 1"
    )
    owner = await connection.fetchval(
        "select owner from roster.stakeholders where owner is not null group by owner order by count(*) desc limit 1"
    )
    await connection.close()
    shots: tuple[tuple[str, str, Literal["light", "dark"], ViewportSize], ...] = (
        ("today", "/", "light", WIDE),
        ("today-dark", "/", "dark", WIDE),
        ("stakeholders", "/stakeholders", "light", WIDE),
        ("stakeholder", f"/stakeholders/{id_}?what_if=meeting&minutes=60", "light", TALL),
        (
            "stakeholder-dark",
            f"/stakeholders/{id_}?what_if=meeting&minutes=60",
            "dark",
            TALL,
        ),
        ("initiative", "/initiatives", "light", TALL),
        ("alert", f"/alerts/{alert_id}", "light", TALL),
        ("plan", f"/plan?owner={owner}&hours=6", "light", WIDE),
        ("stakeholders-phone", "/stakeholders", "light", NARROW),
    )
    for name, path, scheme, size in shots:
        context = await browser.new_context(
            storage_state=state, color_scheme=scheme, viewport=size, locale="en-GB", device_scale_factor=1.5
        )
        page = await context.new_page()
        await page.goto(url + path)
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=FOLDER / f"{name}.png")
        await context.close()


if __name__ == "__main__":
    asyncio.run(main())
