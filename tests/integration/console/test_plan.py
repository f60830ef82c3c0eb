"""The plan in the console: shown, redrawn, accepted, and asked for by programs."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta

import httpx
import icalendar
import pytest

from services.console.means import Means
from services.console.visitor import Role
from shared.errors import Refused
from shared.planning.ask import HOURS_MAX
from shared.plumbing.clock import now
from tests.house import until
from tests.integration.console.desk import Desk

API = "/api/v1"
EVA = "eva@us.example"
PEOPLE = (("ana", EVA, "IT"), ("ben", EVA, "IT"), ("carl", EVA, "HR"), ("dora", "kim", "HR"))


@pytest.fixture
async def faded(desk: Desk) -> Desk:
    """Eva's ana, ben and carl have faded; dora is somebody else's, as is fay in another initiative."""
    for name, owner, function in PEOPLE:
        await desk.story.person(name, owner=owner, function=function)
        for day in (-40, -35, -30):
            await desk.story.happens(day, name, duration_minutes=60)
    await desk.story.person("fay", initiative="other", owner="lea")
    await desk.refresh()
    return desk


def lines_of(page: str) -> list[dict[str, str]]:
    """Return what the form of each line would send."""
    forms = re.findall(r'<form method="post" action="/plan/accept".*?</form>', page, re.DOTALL)
    return [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in forms]


async def test_the_page_says_whom_to_meet_and_follows_the_hours(faded: Desk) -> None:
    await faded.sign_in(Role.VIEWER)

    full = await faded.page(f"/plan?owner={EVA}&hours=6&whole=true")
    short = await faded.page(f"/plan?owner={EVA}&hours=0.5", headers={"hx-target": "plan", "hx-request": "true"})

    assert {name for name in ("Ana", "Ben", "Carl") if name in full} == {"Ana", "Ben", "Carl"}
    assert "relationship-days" in full
    assert "Left out" in short
    assert "One more hour would buy" in short
    assert f'max="{HOURS_MAX:g}"' in await faded.page("/plan")
    assert "<html" not in short
    assert "relationship-days" not in await faded.page(f"/plan?owner={EVA}")  # the browser asks for it
    assert not lines_of(full)
    for path in (
        "/plan?hours=0",
        "/plan?hours=nan",
        f"/plan?hours={HOURS_MAX + 1}",
        "/plan?within=0",
        "/plan?owner=nobody&whole=1",
        "/plan?initiative=x&whole=1",
    ):
        assert (await faded.client.get(path)).status_code in {400, 422}, path
    await faded.connection.execute("delete from projector.in_force")
    for path in (f"/plan?owner={EVA}&whole=1", f"{API}/plan?owner={EVA}&hours=3"):
        answer = await faded.client.get(path)
        assert answer.status_code == 400, path
        assert "o model is in force yet: start `attune run` once" in answer.text, path


async def test_without_an_owner_there_is_nothing_to_plan(desk: Desk) -> None:
    await desk.story.person("ana")
    await desk.sign_in(Role.VIEWER)

    assert "Nobody to plan for yet" in await desk.page("/plan")


async def test_a_line_is_accepted_as_it_was_shown_and_saved_for_a_calendar(faded: Desk) -> None:
    await faded.sign_in(Role.OPERATOR)
    [first, *_] = lines_of(await faded.page(f"/plan?owner={EVA}&whole=true"))

    stale = first | {"planned_at": (now() - timedelta(days=1)).isoformat()}
    forged = first | {"key": first["key"].replace(" ", "  ")}
    foreign = first | {"csrf": "x"}
    refused = [(await faded.client.post("/plan/accept", data=form)).status_code for form in (stale, forged, foreign)]
    done = await faded.client.post("/plan/accept", data=first, headers={"hx-request": "true"})
    [kept] = await faded.connection.fetch("select * from planner.plans")
    path = f"/plan/{kept['plan']}"
    saved = await faded.client.get(f"{path}/accepted.ics?line={first['line']}")
    again = lines_of(await faded.page(f"/plan?owner={EVA}&whole=true"))

    assert refused == [400, 409, 403]
    assert done.headers["hx-push-url"] == path
    assert "count it as booked" in done.text
    [event] = icalendar.Calendar.from_ical(saved.content).walk("VEVENT")
    assert str(event["description"])
    assert first["key"] not in [form["key"] for form in again]
    assert f'href="{path}"' in await faded.page("/plan")
    accepted = await faded.connection.fetchval(
        "select count(distinct line) from planner.lines where accepted_at > '1970-1-1'"
    )
    assert accepted == 1
    audited = await faded.connection.fetch(
        "select action from console.audit where subject like 'plan %' order by number"
    )
    assert [row["action"] for row in audited] == ["keep plan", "accept plan"]


async def test_a_line_that_cannot_be_accepted_leaves_no_plan_behind(
    faded: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def taken(*_: object) -> list[int]:
        raise Refused("somebody is taken then")

    monkeypatch.setattr("services.console.planning.plans.accept", taken)
    await faded.sign_in(Role.OPERATOR)
    [first, *_] = lines_of(await faded.page(f"/plan?owner={EVA}&whole=true"))

    answer = await faded.client.post("/plan/accept", data=first)

    assert answer.status_code == 409
    assert await faded.connection.fetchval("select count(*) from planner.plans") == 0
    assert await faded.connection.fetchval("select count(*) from console.audit where subject like 'plan %'") == 0


async def test_what_came_of_a_plan_is_seen(faded: Desk) -> None:
    await faded.sign_in(Role.OPERATOR)
    form = lines_of(await faded.page(f"/plan?owner={EVA}&whole=true"))[0]
    await faded.client.post("/plan/accept", data=form)
    plan = await faded.connection.fetchval("select plan from planner.plans")
    other = await faded.connection.fetchval("select min(line) from planner.lines where accepted_at is null")

    await faded.client.post(f"/plan/{plan}/lines/{other}/accept", data={"csrf": form["csrf"]})
    name = await faded.connection.fetchval("select stakeholder from attune.plan where line = $1", other)
    await faded.story.happens(0.01, name, kind="call")
    page = await faded.page(f"/plan/{plan}")
    everything = await faded.client.get(f"/plan/{plan}/accepted.ics")
    missing = [
        (await faded.client.get(path)).status_code
        for path in ("/plan/99", f"/plan/{plan}/accepted.ics?line=99", "/plan/0", "/plan/x")
    ]

    assert '<span class="tag calm">done</span>' in page
    assert '<span class="tag calm">accepted</span>' in page
    assert len(icalendar.Calendar.from_ical(everything.content).walk("VEVENT")) == 2
    assert missing == [404, 404, 422, 422]


async def test_what_was_accepted_is_withdrawn_on_the_page_and_by_programs(faded: Desk) -> None:
    await faded.sign_in(Role.OPERATOR)
    operator, viewer = await faded.token(Role.OPERATOR), await faded.token(Role.VIEWER)
    form = lines_of(await faded.page(f"/plan?owner={EVA}&whole=true"))[0]
    await faded.client.post("/plan/accept", data=form)
    plan, line = await faded.connection.fetchval("select plan from planner.plans"), form["line"]
    path = f"/plan/{plan}/lines/{line}"

    offered = await faded.page(f"/plan/{plan}")
    done = await faded.client.post(f"{path}/withdraw", data={"csrf": form["csrf"]}, headers={"hx-request": "true"})
    twice = await faded.client.post(f"{path}/withdraw", data={"csrf": form["csrf"]})
    again = await faded.client.post(f"{API}/plan/{plan}/accept", json={"lines": [int(line)]}, headers=operator)
    refused = await faded.client.post(f"{API}/plan/{plan}/withdraw", json={}, headers=viewer)
    back = await faded.client.post(f"{API}/plan/{plan}/withdraw", json={}, headers=operator)
    nothing = await faded.client.post(f"{API}/plan/{plan}/withdraw", json={}, headers=operator)
    unknown = await faded.client.post(f"{API}/plan/{plan}/withdraw", json={"lines": [99]}, headers=operator)
    audited = await faded.connection.fetch(
        "select action from console.audit where subject like 'plan %' order by number"
    )

    assert f'action="{path}/withdraw"' in offered
    assert "Withdrew line" in done.text
    assert '<span class="tag ">withdrawn</span>' in done.text
    assert f'action="{path}/accept"' in done.text
    answers = [answer.status_code for answer in (twice, again, refused, back, nothing, unknown)]
    assert answers == [409, 200, 403, 200, 409, 404]
    [row] = [row for row in back.json()["lines"] if row["line"] == int(line)]
    assert (row["status"], row["accepted_at"], row["withdrawn_at"] is None) == ("withdrawn", None, False)
    assert [row["action"] for row in audited] == [
        "keep plan",
        "accept plan",
        "withdraw plan",
        "accept plan",
        "withdraw plan",
    ]


async def test_what_is_accepted_already_is_refused_as_a_conflict(faded: Desk) -> None:
    operator, wanted = await faded.token(Role.OPERATOR), {"owner": EVA, "hours": 3}
    first, second = [
        (await faded.client.post(f"{API}/plan", json=wanted, headers=operator)).json()["plan"] for _ in range(2)
    ]
    await faded.client.post(f"{API}/plan/{first}/accept", json={"lines": [1]}, headers=operator)

    answer = await faded.client.post(f"{API}/plan/{second}/accept", json={"lines": [1]}, headers=operator)
    await faded.connection.execute("update planner.lines set at = now() - interval '1 hour' where plan = $1", second)
    past = await faded.client.post(f"{API}/plan/{second}/accept", json={}, headers=operator)

    assert (answer.status_code, past.status_code) == (409, 409)
    assert f"is taken then: line 1 of plan {first} was accepted" in answer.json()["detail"]
    assert "is past" in past.json()["detail"]


async def test_the_calendar_of_several_owners_says_whose_each_entry_is(faded: Desk) -> None:
    await faded.sign_in(Role.OPERATOR)
    operator = await faded.token(Role.OPERATOR)
    wanted = {"initiative": "change", "hours": 6}
    plan = (await faded.client.post(f"{API}/plan", json=wanted, headers=operator)).json()["plan"]
    await faded.client.post(f"{API}/plan/{plan}/accept", json={}, headers=operator)

    page = await faded.page(f"/plan/{plan}")
    all_of_it = await faded.client.get(f"/plan/{plan}/accepted.ics")
    kims = await faded.client.get(f"/plan/{plan}/accepted.ics?owner=kim")
    nobodys = await faded.client.get(f"/plan/{plan}/accepted.ics?owner=zoe")

    assert f"/plan/{plan}/accepted.ics?owner=kim" in page
    names = [str(event["summary"]) for event in icalendar.Calendar.from_ical(all_of_it.content).walk("VEVENT")]
    assert {name.partition(": ")[0] for name in names} == {EVA, "kim"}
    [only, *_] = icalendar.Calendar.from_ical(kims.content).walk("VEVENT")
    assert "Dora" in str(only["summary"])
    assert not str(only["summary"]).startswith("kim: ")
    assert nobodys.status_code == 404


async def test_a_plan_shows_nobody_of_an_initiative_that_is_not_the_visitors(faded: Desk) -> None:
    operator = await faded.token(Role.OPERATOR)
    ours = await faded.client.post(f"{API}/plan", json={"owner": EVA, "hours": 3}, headers=operator)
    await faded.sign_in(Role.OPERATOR, ["other"])

    page = await faded.page("/plan?whole=1")
    answers = [
        (await faded.client.get(path)).status_code
        for path in (f"/plan?owner={EVA}&whole=1", "/plan?initiative=change&whole=1", f"/plan/{ours.json()['plan']}")
    ]

    assert "Ana" not in page
    assert EVA not in page
    assert answers == [400, 400, 404]


async def test_programs_plan_keep_accept_and_see_what_came_of_it(faded: Desk) -> None:
    viewer, operator = await faded.token(Role.VIEWER), await faded.token(Role.OPERATOR)
    wanted: dict[str, str | int] = {"owner": EVA, "hours": 3}
    unaskable: list[dict[str, str | int]] = [
        {"hours": 3},
        {"owner": EVA},
        {"hours": 0, "owner": EVA},
        {"hours": "nan", "owner": EVA},
        {"hours": 3, "owner": "nobody"},
        {"hours": 3, "owner": "\x00"},
    ]

    shown = (await faded.client.get(f"{API}/plan", params=wanted, headers=viewer)).json()
    refused = await faded.client.post(f"{API}/plan", json=wanted, headers=viewer)
    kept = await faded.client.post(f"{API}/plan", json=wanted, headers=operator)
    number = kept.json()["plan"]
    accepted = await faded.client.post(f"{API}/plan/{number}/accept", json={"lines": [1]}, headers=operator)
    unknown = await faded.client.post(f"{API}/plan/{number}/accept", json={"lines": [99]}, headers=operator)
    [listed] = (await faded.client.get(f"{API}/plans", headers=viewer)).json()["items"]
    nonsense = [
        (await faded.client.get(f"{API}/plan", params=params, headers=viewer)).status_code for params in unaskable
    ]
    null = await faded.client.post(f"{API}/plan", json={"owner": "\x00", "hours": 3}, headers=operator)
    broken = await faded.client.post(
        f"{API}/plan",
        content=b'{"owner": "\\ud800", "hours": 3}',
        headers=operator | {"content-type": "application/json"},
    )

    assert shown["plan"] is None
    assert 0 < shown["minutes"] <= 180
    assert sum(line["minutes"] for line in shown["lines"]) == shown["minutes"]
    assert sum(line["worth"] for line in shown["lines"]) == pytest.approx(shown["worth"])
    assert sum(line["days"] for line in shown["lines"]) == pytest.approx(shown["days"])
    assert (refused.status_code, kept.status_code, accepted.status_code, unknown.status_code) == (403, 201, 200, 404)
    assert accepted.json()["lines"][0]["status"] == "accepted"
    assert (listed["plan"], listed["lines"], listed["accepted"], listed["done"]) == (
        number,
        len(kept.json()["lines"]),
        1,
        0,
    )
    assert nonsense == [400, 422, 422, 422, 400, 400]
    assert null.status_code == 400
    assert broken.status_code in {400, 422}
    assert (await faded.client.get(f"{API}/plan/99", headers=viewer)).headers[
        "content-type"
    ] == "application/problem+json"


async def test_plans_that_take_long_keep_nobody_from_the_pages(faded: Desk, means: Means) -> None:
    await faded.sign_in(Role.VIEWER)
    async with means.planning._turns:  # noqa: SLF001 -- somebody plans for a long time
        waiting = [asyncio.create_task(faded.client.get("/plan?whole=1")) for _ in range(means.planning.inside_max + 2)]
        await until(lambda: are_sent_away(waiting))
        page = await asyncio.wait_for(faded.client.get("/"), 3)
    answers = [answer.status_code for answer in await asyncio.gather(*waiting)]

    assert page.status_code == 200
    assert (answers.count(429), answers.count(200)) == (2, means.planning.inside_max)


async def are_sent_away(waiting: Sequence[asyncio.Task[httpx.Response]]) -> bool:
    return sum(task.done() for task in waiting) == 2
