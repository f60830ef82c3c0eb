"""Ten journeys of people who look, understand and act."""

import asyncio
import re
from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visit import Console, Visit, visiting

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def score(visit: Visit) -> int:
    return int(await visit.page.locator(".big .score b").inner_text())


async def open_stakeholder(visit: Visit, name: str) -> None:
    await visit.goes_to("/stakeholders")
    await visit.page.get_by_role("link", name=name, exact=True).click()
    await visit.page.wait_for_load_state("networkidle")


async def test_see_an_alert_read_why_snooze_it_see_it_gone_and_find_it_in_the_history(
    browser: Browser, console: Console
) -> None:
    async with visiting(browser, console) as visit:
        page = visit.page
        alert = page.locator(".alert", has_text="Ana")
        await alert.get_by_role("link", name="why, and what would help").click()
        await expect(page.get_by_role("heading", name=re.compile("^Why"))).to_be_visible()
        await expect(page.get_by_role("table", name="What each touch still brings")).to_contain_text("Meeting")

        await visit.goes_to("/")
        await alert.get_by_text("Snooze", exact=True).first.click()
        await alert.get_by_label("For").select_option("7")
        await alert.get_by_label("Why").fill("on holiday")
        await alert.get_by_role("button", name="Snooze").click()

        await expect(page.get_by_text("Snoozed: it comes back then")).to_be_visible()
        await expect(page.locator(".alert", has_text="Ana")).to_have_count(0)
        await page.get_by_text("1 snoozed").click()
        await page.locator(".resting").get_by_role("link", name="Ana").click()
        await expect(page.locator(".story")).to_contain_text("Snoozed by operator")
        await expect(page.locator(".story")).to_contain_text("on holiday")


async def test_compare_how_it_was_with_how_it_is(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        await open_stakeholder(visit, "Ana")
        verdict = visit.page.locator(".verdict")
        await expect(verdict).to_contain_text("under 40")

        slider = visit.page.locator("#ago")
        await slider.focus()
        await slider.fill("60")

        await expect(verdict).to_contain_text("the score was")
        await expect(visit.page.locator(".keys")).to_contain_text("what became of it")
        await visit.page.get_by_label("By what was known").select_option("then")
        await expect(verdict).to_contain_text("as we knew it then")


async def test_suppose_a_meeting_and_see_the_forecast_move(browser: Browser, console: Console) -> None:
    async with visiting(browser, console, "viewer") as visit:
        await open_stakeholder(visit, "Ana")
        before = await score(visit)

        await visit.page.get_by_label("What if").select_option("meeting")

        supposed = visit.page.locator(".whatif").first
        await expect(supposed).to_contain_text("the score would be")
        after = int(re.findall(r"would be (\d+)", await supposed.inner_text())[0])
        assert after > before
        assert await visit.page.locator(".curve canvas").count() == 1


async def test_a_viewer_is_refused_an_action(browser: Browser, console: Console) -> None:
    async with visiting(browser, console, "viewer") as visit:
        await expect(visit.page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        alert_id = await console.fetchval("select alert_id from alerts.alerts limit 1")
        csrf = await visit.page.locator("input[name=csrf]").first.get_attribute("value")

        answer = await visit.page.request.post(
            f"{console.url}/alerts/{alert_id}/acknowledge", form={"csrf": csrf or ""}
        )

        assert answer.status == 403
        assert "takes the role operator" in await answer.text()


async def test_an_expired_session_leads_to_signing_in_and_back(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        await console.fetchval("delete from console.sessions")
        await visit.goes_to("/stakeholders?sort=name")
        await expect(visit.page).to_have_url(re.compile("/signin"))
        await visit.page.get_by_label("Name").fill("operator")
        await visit.page.get_by_label("Password").fill("correct horse battery")
        await visit.page.get_by_role("button", name="Sign in").click()
        await expect(visit.page).to_have_url(re.compile(r"/stakeholders\?sort=name"))


async def test_a_second_tab_that_acted_first_is_told_of_and_not_undone(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        alert_id = await console.fetchval("select alert_id from alerts.alerts where status = 'open' limit 1")
        assert alert_id
        await visit.goes_to(f"/alerts/{alert_id}")
        async with visiting(browser, console, "admin") as other:
            await other.goes_to(f"/alerts/{alert_id}")
            await other.page.get_by_role("button", name="Acknowledge").click()
            await expect(other.page.get_by_text("in your hands now")).to_be_visible()

        await visit.page.get_by_role("button", name="Acknowledge").click()

        await expect(visit.page.get_by_text("Somebody was faster")).to_be_visible()
        await expect(visit.page.locator(".story")).to_contain_text("Acknowledged by admin")


async def test_comment_and_resolve_and_find_it_under_what_got_better(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        alert_id = await console.fetchval(
            "select alert_id from alerts.alerts where status <> 'resolved' order by reason, alert_id limit 1"
        )
        await visit.goes_to(f"/alerts/{alert_id}")
        name = await visit.page.locator("h1").inner_text()
        await visit.page.get_by_text("Comment", exact=True).first.click()
        await visit.page.get_by_role("textbox", name="Comment").fill("Spoke to <b>them</b>.")
        await visit.page.get_by_role("button", name="Keep comment").click()
        await expect(visit.page.locator(".story .note").last).to_contain_text("Spoke to <b>them</b>.")

        await visit.page.get_by_text("Resolve", exact=True).first.click()
        await visit.page.get_by_label("What was done").fill("We met.")
        await visit.page.get_by_role("button", name="Resolve").click()
        await expect(visit.page.get_by_text("Resolved: it comes back only")).to_be_visible()

        await visit.goes_to("/")
        await expect(visit.page.locator("section", has_text="What got better").last).to_contain_text(name)


async def test_narrow_the_list_by_typing_and_come_back_by_its_address(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        await visit.goes_to("/stakeholders")
        await visit.page.get_by_label("Search").press_sequentially("cyd")
        await expect(visit.page.locator("tbody tr")).to_have_count(1)
        await expect(visit.page).to_have_url(re.compile("search=cyd"))

        await visit.page.reload()

        await expect(visit.page.locator("tbody tr")).to_have_count(1)


async def test_go_from_the_map_of_an_initiative_to_the_people_of_one_cell(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        await visit.goes_to("/initiatives")
        cell = visit.page.get_by_role("table", name=re.compile("Mean score")).get_by_role(
            "row", name=re.compile("Sales")
        )
        await cell.get_by_role("link").first.click()
        await expect(visit.page.locator("tbody tr")).to_have_count(2)


async def test_change_the_hours_see_the_plan_redraw_accept_a_line_and_save_it_for_a_calendar(
    browser: Browser, console: Console
) -> None:
    async with visiting(browser, console) as visit:
        page = visit.page
        await page.get_by_role("link", name="Plan", exact=True).click()
        lines = page.get_by_role("button", name=re.compile("^Accept line"))
        await expect(lines.nth(1)).to_be_visible()
        before = await lines.count()

        await page.get_by_role("spinbutton", name="Hours").fill("0.5")
        await expect(page).to_have_url(re.compile("hours=0.5"))
        await expect(page.locator("#plan")).to_contain_text("of 0.5 hours")
        assert await lines.count() < before

        await lines.first.click()
        await expect(page.get_by_text("Later plans and alerts count it as booked")).to_be_visible()
        await expect(page).to_have_url(re.compile(r"/plan/\d+$"))
        for scheme in THEMES:
            # Without motion a button has its new colour at once.
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert await visit.violations() == [], scheme
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name=re.compile("for a calendar")).first.click()
        download = await downloading.value
        assert re.fullmatch(r"plan-\d+-\d+\.ics", download.suggested_filename)
        await page.go_back()
        await expect(page.get_by_role("heading", name="Where the next hours do the most good")).to_be_visible()
        await expect(page.get_by_role("table", name="Plans that were kept")).to_contain_text(re.compile(r"Plan \d+"))


async def test_figures_stay_live_and_nothing_is_closed_under_a_readers_eyes(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        page = visit.page
        await page.clock.install()
        await visit.goes_to("/system")
        told = page.locator("dl.facts div", has_text="Relationships").locator("dd")
        before = await told.inner_text()
        await console.fetchval("update console.coverage set stakeholders = stakeholders + 1")
        await page.clock.fast_forward(31_000)
        await expect(told).not_to_have_text(before)

        await visit.goes_to("/")
        opened = page.locator("#alerts details").first
        await opened.evaluate("element => { element.open = true }")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.clock.fast_forward(21_000)
        await asyncio.sleep(0.3)  # what would be asked is asked by now
        assert asked == []
        assert await opened.evaluate("element => element.open")
        await opened.evaluate("element => { element.open = false }")
        async with page.expect_request(re.compile("/today/alerts")):
            await page.clock.fast_forward(21_000)


async def test_everything_is_reached_by_keyboard_alone(browser: Browser, console: Console) -> None:
    async with visiting(browser, console) as visit:
        page = visit.page
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to the page"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        summary = page.locator(".alert summary").first
        await summary.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".drop[open]")).to_have_count(1)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Escape")
        await expect(page.locator(".drop[open]")).to_have_count(0)
        assert await summary.evaluate("element => element === document.activeElement")


async def test_moments_are_local_with_utc_on_hover(browser: Browser, console: Console) -> None:
    async with visiting(browser, console, timezone_id="Asia/Tokyo", locale="en-GB") as visit:
        alert_id = await console.fetchval("select alert_id from alerts.alerts limit 1")
        await visit.goes_to(f"/alerts/{alert_id}")
        moment = visit.page.locator("time[data-as=moment]").first
        utc = await moment.get_attribute("title") or ""
        shown = await moment.inner_text()
        assert utc.endswith("UTC")
        hour = (int(utc.split()[1].split(":")[0]) + 9) % 24
        assert f"{hour:02}:{utc.split()[1].split(':')[1]}" in shown


async def test_it_reads_at_360_pixels_without_scrolling_sideways(browser: Browser, console: Console) -> None:
    async with visiting(browser, console, "admin", viewport={"width": 360, "height": 740}) as visit:
        for path in await paths(console):
            await visit.goes_to(path)
            # Fonts and styles may still settle on a busy machine; what stays too wide fails by the page's patience.
            await visit.page.wait_for_function("document.documentElement.scrollWidth <= 360")


@pytest.mark.parametrize("scheme", THEMES)
async def test_axe_finds_nothing_on_any_page(browser: Browser, console: Console, scheme: str) -> None:
    async with visiting(browser, console, "admin", color_scheme=scheme) as visit:
        for path in await paths(console):
            await visit.goes_to(path)
            assert await visit.violations() == [], path
    async with visiting(browser, console, None, color_scheme=scheme) as visit:
        for path in ("/signin", "/signin/link?token=x"):
            await visit.goes_to(path)
            assert await visit.violations() == [], path


async def paths(console: Console) -> list[str]:
    alert_id = await console.fetchval("select alert_id from alerts.alerts limit 1")
    id_ = await console.fetchval(
        "select relationship_id from roster.stakeholders join roster.people using (person_id) where name = 'Dan'"
    )
    return [
        "/",
        "/alerts",
        "/held",
        "/stakeholders",
        f"/stakeholders/{id_}",
        f"/stakeholders/{id_}?ago=5&what_if=meeting",
        f"/alerts/{alert_id}",
        "/initiatives",
        "/plan",
        "/sources",
        "/system",
        "/access",
        "/account",
    ]
