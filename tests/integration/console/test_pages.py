"""What the pages show, to whom, and what they never do."""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from services.console.visitor import Role
from tests.integration.console.desk import Desk

PAGES = (
    "/",
    "/alerts",
    "/held",
    "/stakeholders",
    "/initiatives",
    "/plan",
    "/sources",
    "/system",
    "/access",
    "/account",
)


@pytest.fixture
async def full(desk: Desk) -> Desk:
    """Ana is fading, Bob was never met; both are in view."""
    await fading(desk, owner="me@us.example")
    await desk.story.person("bob", initiative="other")
    await desk.refresh()
    return desk


async def fading(desk: Desk, **facts: Any) -> None:
    """Let Ana become warm eleven weeks ago, and nothing happen since."""
    desk.story.start -= timedelta(days=80)
    await desk.story.person("ana", **facts)
    await desk.connection.execute("update roster.stakeholders set added_at = $1", desk.story.at(-30))
    await desk.story.becomes_warm()
    # Folding wakes alerts by the real clock, which is eleven weeks on.
    await desk.connection.execute("update projector.model_states set wake_at = $1", desk.story.at(0))
    await desk.story.judged(0)
    # Somebody else's: the source has not fallen silent.
    await desk.story.happens(79.9, "somebody")
    await desk.story.judged(80)
    assert await desk.connection.fetchval("select count(*) from alerts.alerts") == 1


async def test_nobody_sees_a_page_before_signing_in(desk: Desk) -> None:
    for path in PAGES:
        answer = await desk.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/signin")


async def test_every_page_forbids_scripts_and_styles_from_elsewhere(full: Desk) -> None:
    await full.sign_in()
    for path in (*PAGES, "/nothing"):
        answer = await full.client.get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "<style" not in answer.text
        assert " style=" not in answer.text
        assert "//" not in answer.text.replace("http://www.w3.org", "").replace("://console.example", "")


async def test_every_page_is_there_with_an_empty_database(desk: Desk) -> None:
    await desk.sign_in()
    for path in PAGES:
        await desk.page(path)


async def test_every_page_says_that_it_is_not_for_judging_employees(full: Desk) -> None:
    await full.sign_in()
    for path in PAGES:
        assert "not for judging employees" in await full.page(path)


async def test_today_shows_the_alert_with_its_reason(full: Desk) -> None:
    await full.sign_in()

    page = await full.page("/")

    assert "Ana" in page
    assert "is fading" in page


async def test_today_says_what_would_help_and_whether_coverage_is_sound(full: Desk) -> None:
    await full.sign_in(Role.VIEWER)
    page = re.sub(r"\s+", " ", await full.page("/"))
    await full.connection.execute("update console.users set initiatives = array['other']")
    limited = await full.page("/")

    assert re.search(r"<b>A 30-minute meeting</b> <span>would bring the score to \d\d, and drift to <time", page)
    assert "Somebody is aligned in <b>0 of 2</b> functions, and in <b>0 of 2</b> levels; <b>2</b> of these hang" in page
    assert "Somebody is aligned in <b>0 of 1</b> functions" in limited


async def test_a_stakeholder_page_says_why(full: Desk) -> None:
    await full.sign_in()
    id_ = await full.connection.fetchval("select relationship_id from roster.stakeholders where initiative = 'change'")

    page = await full.page(f"/stakeholders/{id_}")

    assert "Why " in page
    assert "Meeting" in page


async def test_who_is_limited_to_an_initiative_sees_nothing_of_another(full: Desk) -> None:
    await full.sign_in(Role.OPERATOR, ["other"])
    id_ = await full.connection.fetchval("select relationship_id from roster.stakeholders where initiative = 'change'")
    alert_id = await full.connection.fetchval("select alert_id from alerts.alerts")

    pages = [await full.page(path) for path in ("/", "/stakeholders", "/initiatives")]
    forbidden = [await full.client.get(path) for path in ("/sources", "/system", "/access", "/api/v1/sources")]
    hidden = [
        await full.client.get(path)
        for path in (
            f"/stakeholders/{id_}",
            f"/stakeholders/{id_}/curve",
            f"/alerts/{alert_id}",
            "/initiatives?name=change",
        )
    ]

    assert not [page for page in pages if "Ana" in page]
    assert "Bob" in pages[1]
    assert {answer.status_code for answer in hidden} == {404}
    assert {answer.status_code for answer in forbidden} == {403}
    assert "/system" not in pages[0]


async def test_addresses_of_recipients_are_for_those_who_may_mend_a_delivery(full: Desk) -> None:
    alert_id = await full.connection.fetchval("select alert_id from alerts.alerts")
    await full.connection.execute(
        "update alerts.deliveries set destination = 'ben@us.example', last_error = '550 no such user ben@us.example'"
    )

    shown = {}
    for role, initiatives in ((Role.OPERATOR, None), (Role.VIEWER, None)):
        await full.sign_in(role, initiatives)
        shown[role] = await full.page(f"/alerts/{alert_id}")

    assert "ben@us.example" in shown[Role.OPERATOR]
    assert "ben@us.example" not in shown[Role.VIEWER]
    assert "webhook" in shown[Role.VIEWER]


UNASKABLE = (
    "/stakeholders?sort=nonsense",
    "/stakeholders?band=warm",
    "/stakeholders?cursor=nonsense",
    # A moment that Python would take and Postgres would not.
    "/stakeholders?cursor=WyJkcmlmdCIsIjIwMjYtVzAxLTFUMDA6MDA6MDArMDA6MDAiLDFd",
    "/stakeholders/{id}?ago=-1",
    "/stakeholders/{id}?ago=x",
    "/stakeholders/{id}?what_if=nothing",
    "/stakeholders/{id}?days=7",
    "/stakeholders/{id}?what_if=meeting&on=31.12.2026",
    "/stakeholders/99999999999999",
    "/stakeholders/none",
    "/alerts/none",
    "/initiatives?name=none",
    "/access?before=x",
    "/nothing",
)


async def test_what_cannot_be_asked_is_refused_with_a_page(full: Desk) -> None:
    await full.sign_in()
    id_ = await full.connection.fetchval("select min(relationship_id) from roster.stakeholders")

    answers = [await full.client.get(path.replace("{id}", str(id_))) for path in UNASKABLE]

    for path, answer in zip(UNASKABLE, answers, strict=True):
        assert answer.status_code in {400, 404, 422}, path
        assert "<h1>" in answer.text, path
        # Whoever is known keeps the ways to the other pages.
        assert ('aria-label="Main"' in answer.text) == (path != "/nothing"), path


async def test_a_name_from_a_roster_is_text_and_never_markup(desk: Desk) -> None:
    await fading(desk)
    await desk.connection.execute("update roster.people set name = '<script>alert(1)</script>'")
    await desk.refresh()
    await desk.sign_in()
    id_ = await desk.connection.fetchval("select relationship_id from roster.stakeholders")

    pages = [await desk.page(path) for path in ("/", "/stakeholders", f"/stakeholders/{id_}", "/initiatives")]

    assert not [page for page in pages if "<script>alert" in page]


async def test_a_source_that_fell_silent_is_shown_as_such(desk: Desk) -> None:
    desk.story.start -= timedelta(days=30)
    await desk.story.person("ana")
    await desk.story.happens(1)
    await desk.story.hears("acme", 0, 20)
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)

    page = await desk.page("/sources")
    [source] = (await desk.client.get("/api/v1/sources")).json()

    assert "silent</span>" in page
    assert "usually silent for 24 h at most" in page
    assert source["stale_since"]


async def test_a_source_that_was_never_heard_is_shown_by_page_and_api(desk: Desk) -> None:
    await desk.connection.execute("insert into projector.sources values ('unheard', now())")
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)

    page = await desk.page("/sources")
    [source] = (await desk.client.get("/api/v1/sources")).json()

    assert "unheard" in page
    assert "nothing yet" in page
    assert (source["source"], source["touchpoints"], source["last_recorded_at"]) == ("unheard", 0, None)


async def test_what_lies_ahead_is_said_to_be_a_promise_or_a_meeting(desk: Desk) -> None:
    id_ = await desk.story.person("ana")
    promise = {"ref": "budget", "state": "made", "by": "us", "due_at": desk.story.at(9).isoformat()}
    await desk.story.happens(-1, kind="commitment", commitment=promise)
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)

    async def said() -> tuple[bool, bool, str]:
        api = (await desk.client.get(f"/api/v1/relationships/{id_}")).json()
        page, list_ = await desk.page(f"/stakeholders/{id_}"), await desk.page("/stakeholders")
        return "Promise due" in page, "promise due" in list_, api["next_planned_is"]

    before = await said()
    await desk.story.plans(5)

    assert before == (True, True, "promise")
    assert await said() == (False, False, "meeting")
    assert "Next meeting" in await desk.page(f"/stakeholders/{id_}")


async def test_the_initiative_says_what_the_views_say_of_functions_levels_and_whom_they_hang_on(desk: Desk) -> None:
    for name, function in (("ana", "Finance"), ("bob", "Finance"), ("cyd", "Sales")):
        await desk.story.person(name, function=function, owner=f"{name}@us.example")
    await desk.story.becomes_warm("ana", -14)
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)

    page = await desk.page("/initiatives")
    told = (await desk.client.get("/api/v1/coverage?initiative=change")).json()
    views = [
        await desk.connection.fetch(f"select * from attune.{view} where initiative = 'change'")
        for view in ("coverage", "organisation")
    ]

    for found, view in zip((told["cells"], told["organisation"]), views, strict=True):
        assert len(found) == len(view) > 0
        for column in ("stakeholders", "covered", "held_by", "single_threaded", "owners"):
            assert sorted(str(row[column]) for row in found) == sorted(str(row[column]) for row in view), column
    assert "Somebody is aligned in <b>1 of 2</b> functions, and in <b>every</b> level" in page
    assert "Hangs on one of us; given to cyd@us.example" in page
    assert "function of 1, given to cyd@us.example" in page
    assert "function of 2, given to" not in page


async def test_whom_one_of_us_alone_has_touched_lately_is_told_and_those_who_matter_most_first(desk: Desk) -> None:
    for name, weight in (("ana", 1.0), ("bob", 9.0), ("cyd", 9.0), ("dan", 9.0), ("eve", 9.0), ("fay", 3.0)):
        await desk.story.person(name, importance=weight, owner="me@us.example")
    await desk.story.person("gus", initiative="other", importance=9.0)
    touches: list[tuple[int, str, dict[str, Any]]] = [
        (-1, "ana", {"by": "me@us.example"}),
        (-2, "ana", {"by": "me@us.example"}),
        (-1, "bob", {"by": "me@us.example"}),
        (-2, "bob", {"by": "you@us.example"}),
        (-1, "cyd", {}),  # by whom is not said
        (9, "dan", {"by": "me@us.example", "planned": True}),
        (-150, "eve", {"by": "me@us.example"}),
        (-3, "fay", {"by": "you@us.example"}),
        (-1, "gus", {"by": "me@us.example"}),
    ]
    for day, name, facts in touches:
        await desk.story.happens(day, name, **facts)
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)

    page = re.sub(r"\s+", " ", await desk.page("/initiatives?name=change"))
    told = (await desk.client.get("/api/v1/coverage?initiative=change")).json()["single_threaded"]
    gone = (await desk.client.get("/api/v1/coverage?initiative=other")).json()["single_threaded"]
    shown = page.split("<h3>Relationships</h3>")[1].split("</section>")[0]

    assert (told["single"], told["named"], [one["name"] for one in told["most_important"]]) == (2, 3, ["Fay", "Ana"])
    assert [one["name"] for one in gone["most_important"]] == ["Gus"]
    assert "Of 3 whose touches say who of us made them, <b>2</b> were lately touched by one of us alone:" in shown
    assert re.findall(r">(\w+)</a>", shown) == ["Fay", "Ana"]


async def test_desired_bands_meet_actual_ones_and_matter_by_importance(desk: Desk) -> None:
    for name, wish, weight in (("ana", "cooling", 3.0), ("bob", None, 4.0), ("cyd", "aligned", 1.0)):
        id_ = await desk.story.person(name)
        change = "update roster.stakeholders set desired_band = $2, importance = $3 where relationship_id = $1"
        await desk.connection.execute(change, id_, wish, weight)
    await desk.story.becomes_warm("ana", -14)
    await desk.refresh()
    await desk.sign_in(Role.VIEWER)

    page = re.sub(r"\s+", " ", await desk.page("/initiatives"))
    told = (await desk.client.get("/api/v1/coverage?initiative=change")).json()["desired"]

    assert sorted(tuple(row.values()) for row in told) == [
        ("aligned", "unknown", 2, 5.0),
        ("cooling", "aligned", 1, 3.0),
    ]
    assert '<td class="number lower"><b>2</b><small>62 %</small>' in page
    assert '<td class="number"><b>1</b><small>38 %</small>' in page
    assert page.index('<span class="chip aligned">') < page.index('<span class="chip cooling">')


async def test_every_line_of_the_curve_stands_in_the_table_beside_it(full: Desk) -> None:
    await full.sign_in(Role.VIEWER)
    id_ = await full.connection.fetchval("select relationship_id from roster.stakeholders where initiative = 'change'")
    page = re.sub(r"\s+", " ", await full.page(f"/stakeholders/{id_}?ago=30&what_if=meeting"))
    table = page.split("Score by week</caption>")[1].split("</table>")[0]
    drawn = orjson.loads(html.unescape(page.split('data-curve="')[1].split('"')[0]))

    last = re.findall(r'<td class="number">([^<]+)</td>', table.split("<tr>")[-2])
    at = drawn["moments"].index(round(datetime.fromisoformat(re.findall(r'datetime="([^"]+)"', table)[-2]).timestamp()))

    assert [*re.findall(r'scope="col"[^>]*>([^<]+)', table)] == ["Week of", "Score", "Is", "Became", "With the touch"]
    assert last[0] == f"{drawn['lines']['forecast'][at]:.0f}"
    assert last[2] == f"{drawn['lines']['what_if'][at]:.0f}"
    assert len(re.findall(r"<td>forecast</td><td class=\"number\">\d+</td>", table)) == 5


async def test_a_moment_before_the_first_report_is_said_to_have_known_nothing(full: Desk) -> None:
    await full.sign_in(Role.VIEWER)
    id_ = await full.connection.fetchval("select relationship_id from roster.stakeholders where initiative = 'change'")
    await full.connection.execute("update projector.log set recorded_at = $1", full.story.at(70))

    then = await full.page(f"/stakeholders/{id_}?ago=40&knew=then")
    now = await full.page(f"/stakeholders/{id_}?ago=40&knew=now")

    assert "as we knew it then, nothing of this was known: the first report came on" in then
    assert "Why there is no score" in then
    assert "nothing of this was known" not in now
    # A sentence ends, and there is room before the next one.
    assert not [page for page in (then, now) if re.search(r"\.(In|It|A|Too|On) ", page)]
