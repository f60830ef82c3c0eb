"""Each reason as a story, and beside it the story that looks alike and must not raise it."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from services.alerts import watch
from shared.judging.judge import Change
from shared.judging.relationship import Relationship
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import told_to
from tests.integration.alerts.story import Story


@pytest.fixture
async def story(story: Story, post_office: Collector) -> AsyncIterator[Story]:
    """Every story here ends at a real collector."""
    async with told_to(post_office, story) as told:
        yield told


def reasons(told: list[tuple[int, str, str]], event: str = "opened") -> set[str]:
    return {reason for _, its, reason in told if its == event}


async def holding(story: Story) -> list[str]:
    row = await story.connection.fetchrow("select reasons from attune.alignment where stakeholder = 'ana'")
    return sorted(row["reasons"])


async def ever_told(story: Story) -> set[str]:
    """Return every reason that opened an alert, raised it or joined it, foreseen or true."""
    rows = await story.connection.fetch(
        "select distinct its ->> 'reason' as reason from alerts.history, jsonb_array_elements(cause) as its"
        " where event in ('opened', 'raised', 'joined')"
    )
    return {row["reason"] for row in rows}


async def weekly(story: Story, first: int, last: int, kind: str = "meeting", **data: Any) -> None:
    for day in range(first, last + 1, 7):
        await story.happens(day, kind=kind, **data)


async def test_the_story_of_the_issue(story: Story, post_office: Collector) -> None:
    # Of a rhythm a warning comes in its last quarter, which is six days here; hers may be a week, as for any other reason.
    await story.person(cadence_days=24, overrides={"warning_share_of_rhythm": 0.5})
    await story.becomes_warm(day=3)
    told = await story.lives(3, 27)
    await story.act(27, "acknowledge")
    told += await story.lives(27, 30)
    await story.happens(30, duration_minutes=60)
    told += await story.lives(30, 40)

    assert told == [
        (20, "opened", "overdue"),
        (27, "raised", "overdue"),
        (27, "acknowledged", "overdue"),
        (30, "resolved", "overdue"),
    ]
    [alert] = await story.alerts()
    assert alert["status"] == "resolved"
    heard = [orjson.loads(request.body)["type"].split(".")[2] for request in post_office.requests]
    assert heard == ["opened", "raised", "acknowledged", "resolved"]


async def test_fading_is_warned_of_and_then_true(story: Story) -> None:
    await story.person()
    await story.becomes_warm()

    told = await story.lives(0, 90)

    (warned, *_), (raised, *_) = told
    assert [event for _, event, _ in told] == ["opened", "raised"]
    assert raised - warned == 7


async def test_who_is_met_often_enough_never_fades(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.lives(0, 6)
    for week in range(7, 80, 14):
        await story.happens(week, duration_minutes=60)
        await story.lives(week, week + 13)

    assert "fading" not in await ever_told(story)


async def test_who_keeps_the_rhythm_is_never_overdue(story: Story) -> None:
    await story.person(cadence_days=8)
    await story.becomes_warm()
    told = await story.lives(0, 3)
    for week in range(4, 35, 5):
        await story.happens(week, duration_minutes=60)
        told += await story.lives(week, week + 4)

    assert told == []


async def test_a_weekly_contact_that_stops_is_cooling_before_it_fades(story: Story) -> None:
    await story.person()
    await weekly(story, -70, 0, duration_minutes=60)

    told = await story.lives(0, 45)

    assert told[0][1:] == ("opened", "cooling")
    [alert] = await story.alerts()
    assert "touches of their own pace missed" in alert["summary"]


async def test_a_monthly_contact_that_pauses_six_weeks_is_not_cooling(story: Story) -> None:
    await story.person()
    for day in range(-150, 1, 30):
        await story.happens(day, duration_minutes=60)

    await story.lives(0, 42)

    assert "cooling" not in {*await holding(story), *await ever_told(story)}


async def meetings_are_reported(story: Story) -> None:
    """Have somebody of the initiative who was met: before that, nobody could know of anything deep."""
    await story.person("met")
    await story.happens(-90, "met", duration_minutes=60)


async def mailed(story: Story) -> list[tuple[int, str, str]]:
    """Write to Ana and hear from her for ten days, and return what was told."""
    told: list[tuple[int, str, str]] = []
    for day in range(10):
        await story.happens(day + 1, kind="message", direction="mutual")
        await story.happens(day + 1.1, kind="email", direction="inbound")
        told += await story.lives(day + 1.2, day + 1.2)
    return told


async def test_much_contact_where_only_mails_are_ever_reported_is_not_shallow(story: Story) -> None:
    await story.person()

    told = await mailed(story)

    assert await holding(story) == []
    assert told == []


async def test_what_another_initiative_reports_makes_nobody_shallow(story: Story) -> None:
    await story.person()
    await story.person("met", initiative="other")
    await story.happens(-90, "met", duration_minutes=60)

    await mailed(story)

    assert await holding(story) == []


async def test_much_contact_without_depth_is_shallow(story: Story) -> None:
    await story.person()
    await meetings_are_reported(story)
    told = []
    for day in range(10):
        await story.happens(day + 1, kind="message", direction="mutual")
        await story.happens(day + 1.1, kind="email", direction="inbound")
        told += await story.lives(day + 1.2, day + 1.2)

    assert "shallow" in await holding(story)
    assert "shallow" in reasons(told)


@pytest.mark.parametrize("witness", ["met", "ana"])
async def test_what_is_deep_and_taken_back_was_never_reported(story: Story, witness: str) -> None:
    await story.person("met")
    await story.person()
    # Sums of many that differ by far: taking back must leave nothing of them.
    deep = [await story.happens(-90 + day / 3, witness, kind="disclosure", depth=0.1 + day / 1000) for day in range(20)]
    await mailed(story)
    assert ("shallow" in await holding(story)) == (witness == "met")

    for event in deep:
        await story.takes_back(11, event)
    await story.happens(11, kind="message", direction="mutual")
    await story.lives(11.1, 11.1)

    assert "shallow" not in await holding(story)
    assert {row[0] for row in await story.connection.fetch("select depth from projector.states")} == {0.0}


async def test_the_first_that_goes_deep_makes_others_shallow_once_they_are_judged(story: Story) -> None:
    await story.person()
    await mailed(story)
    await story.person("met")
    await story.lives(11, 11)
    assert "shallow" not in await holding(story)

    await story.happens(11.2, "met", duration_minutes=60)
    await story.lives(11.2, 11.2)
    await story.happens(11.3, kind="message", direction="mutual")
    await story.lives(11.4, 11.4)

    assert "shallow" in await holding(story)


async def test_the_first_that_goes_deep_makes_others_shallow_though_nothing_more_happens_to_them(story: Story) -> None:
    await story.person()
    await mailed(story)
    await story.person("met")
    await story.looked(11)
    deep = await story.happens(11.2, "met", duration_minutes=60)
    await story.lives(11.2, 11.2)
    assert "shallow" not in await holding(story)

    await story.looked(11.3)
    told = await story.lives(11.3, 11.3)

    assert "shallow" in await holding(story)
    assert told == [(11, "opened", "shallow")]
    # Who has been judged since is left alone, until it is taken back.
    await story.looked(11.4)
    assert await story.connection.fetchval("select min(wake_at) from projector.states") > story.at(11.5)
    await story.takes_back(11.5, deep)
    await story.lives(11.5, 11.5)
    await story.looked(11.6)
    assert await story.lives(11.6, 11.6) == [(11, "resolved", "shallow")]


async def test_meetings_are_not_shallow(story: Story) -> None:
    await story.person()
    for day in range(8):
        await story.happens(day + 1, duration_minutes=60)
    await story.lives(9, 9)

    assert await holding(story) == []


async def test_mails_that_nobody_answers_are_one_sided(story: Story) -> None:
    await story.person()
    await meetings_are_reported(story)
    told = []
    for day in range(10):
        await story.happens(day + 1, kind="email", direction="outbound")
        told += await story.lives(day + 1.2, day + 1.2)

    assert "one_sided" in await holding(story)
    [alert] = await story.alerts()
    assert reasons(told) == {"shallow"}  # it came first and names the alert
    assert "one_sided" in alert["reasons"]


async def test_mails_that_are_answered_are_not_one_sided(story: Story) -> None:
    await story.person()
    for day in range(10):
        await story.happens(day + 1, kind="email", direction="outbound")
        await story.happens(day + 1.1, kind="email", direction="inbound")
        await story.lives(day + 1.2, day + 1.2)
    await story.lives(12, 12)

    assert "one_sided" not in {*await holding(story), *await ever_told(story)}


async def test_a_setback_shakes_who_was_well_and_time_mends_it(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.lives(0, 0)
    await story.happens(1, kind="setback", severity=1.0)

    told = await story.lives(1, 1)

    [alert] = await story.alerts()
    assert [event for _, event, _ in told] == ["opened"]
    assert "shaken since" in alert["summary"]


async def test_a_small_setback_shakes_nobody(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.lives(0, 0)
    await story.happens(1, kind="setback", severity=0.1)

    await story.lives(1, 30)

    assert "shaken" not in {*await holding(story), *await ever_told(story)}


async def promised(story: Story, day: float, state: str, due: float | None = None) -> None:
    due_at = {} if due is None else {"due_at": story.at(due).isoformat()}
    await story.happens(day, kind="commitment", commitment={"ref": "plan", "state": state, "by": "us", **due_at})


async def test_a_promise_past_due_is_unkept_until_it_is_kept(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await promised(story, 0, "made", due=12)
    await story.lives(0, 0)

    told = await story.lives(1, 14)
    await promised(story, 15, "kept")
    ended = await story.lives(15, 15)

    assert [its[1:] for its in told] == [("opened", "unkept"), ("raised", "unkept")]
    assert [event for _, event, _ in ended] == ["resolved"]


async def test_a_promise_kept_in_time_is_never_told(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await promised(story, 0, "made", due=12)
    await promised(story, 2, "kept")

    assert await story.lives(2, 20) == []


async def test_a_renegotiated_promise_counts_from_its_new_day(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await promised(story, 0, "made", due=8)
    await promised(story, 1, "renegotiated", due=20)

    assert await story.lives(1, 12) == []


async def test_a_broken_promise_is_told_at_once(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await promised(story, 0, "made", due=30)
    await story.lives(0, 0)
    await promised(story, 3, "broken")

    told = await story.lives(3, 3)

    assert ("opened", "unkept") in [its[1:] for its in told]


async def test_who_is_never_met_is_told_of_after_a_month_once(story: Story) -> None:
    await story.person()

    told = await story.lives(0, 60)

    assert told == [(30, "opened", "never_met")]
    assert await holding(story) == ["never_met"]


async def test_who_is_met_in_time_was_never_never_met(story: Story) -> None:
    await story.person()
    await story.lives(0, 20)
    await story.happens(20, duration_minutes=60)
    await story.lives(20, 40)

    assert await ever_told(story) == {"fading"}  # as after any single meeting


async def test_a_function_without_anyone_aligned_is_uncovered_after_a_week(story: Story) -> None:
    await story.person("ana", function="Finance")
    await story.person("ben", function="Finance")
    for name in ("ana", "ben"):
        for day in (-1, -2):
            await story.happens(day, name, kind="call", duration_minutes=5)
    await story.lives(0, 0)

    said = [await story.looked(day) for day in (0, 3, 7.1, 8)]

    assert said == [0, 0, 1, 0]
    [alert] = [row for row in await story.alerts() if row["part"]]
    assert (alert["reason"], alert["part"], alert["initiative"]) == ("uncovered", "function Finance", "change")
    for number in range(6):
        await story.happens(9 + 0.1 * number, "ana", kind="disclosure", depth=1.0)
        await story.happens(9 + 0.1 * number, "ana", duration_minutes=60)
    assert await story.looked(10.2) == 1
    [alert] = [row for row in await story.alerts() if row["part"]]
    assert alert["status"] == "resolved"


async def test_a_function_nobody_knows_anything_of_is_not_uncovered(story: Story) -> None:
    await story.person("ana", function="Finance")

    assert [await story.looked(day) for day in (0, 8, 20)] == [0, 0, 0]


async def test_a_function_that_hangs_on_one_of_us_is_single_threaded(story: Story) -> None:
    for name in ("ana", "ben"):
        await story.person(name, function="Finance")
        for number in range(6):
            await story.happens(-1 - number, name, duration_minutes=60, by="me@us.example")
            await story.happens(-1 - number, name, kind="disclosure", depth=1.0)

    assert [await story.looked(day) for day in (0, 13, 14.1)] == [0, 0, 1]
    await story.happens(15, "ben", duration_minutes=60, by="eva@us.example")
    assert await story.looked(15.5) == 1


async def test_two_of_us_are_no_single_thread(story: Story) -> None:
    for name, by in (("ana", "me@us.example"), ("ben", "eva@us.example")):
        await story.person(name, function="Finance")
        for number in range(6):
            await story.happens(-1 - number, name, duration_minutes=60, by=by)
            await story.happens(-1 - number, name, kind="disclosure", depth=1.0)

    assert [await story.looked(day) for day in (0, 15)] == [0, 0]


async def test_a_silent_source_is_told_instead_of_the_drift_that_rests_on_it(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.hears("acme", -30, -1)
    await story.lives(0, 0)

    assert await story.looked(5) == 1
    held = await story.lives(5, 8)
    await story.hears("acme", 8.9, 9)
    await story.looked(9)
    told = await story.lives(9, 9)

    assert held == []
    assert ("stale", None) in await story.suppressed()
    assert [its[1:] for its in told] == [("opened", "overdue")]
    sources = [row for row in await story.alerts() if row["source"]]
    assert [(row["reason"], row["status"]) for row in sources] == [("stale", "resolved")]


async def test_a_source_that_speaks_is_not_stale_and_holds_nothing_back(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.hears("acme", -30, 7)
    await story.lives(0, 0)

    assert await story.looked(7) == 0
    assert [event for _, event, _ in await story.lives(7, 7)] == ["opened"]


async def test_lines_may_be_others_for_a_role_and_for_one_person(story: Story) -> None:
    await story.person("ana", overrides={"fading": 70.0})
    await story.person("ben")
    for name in ("ana", "ben"):
        await story.becomes_warm(name)

    await story.lives(0, 40)

    assert [row["stakeholder"] for row in await story.alerts()] == ["ana"]


async def test_an_override_that_is_no_line_keeps_nobody_from_being_judged(story: Story) -> None:
    await story.person(overrides={"fadng": 70.0}, cadence_days=7)
    await story.becomes_warm()

    assert (await story.lives(0, 7))[-1][1] == Change.RAISED


async def test_flapping_at_the_line_tells_once(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    told = await story.lives(0, 90)
    day = told[1][0] + 1
    for later in range(4):
        await story.happens(day + 2 * later, kind="message", direction="outbound")
        told += await story.lives(day + 2 * later, day + 2 * later + 1.9)

    assert [event for _, event, _ in told] == ["opened", "raised"]


async def test_a_backfill_tells_what_is_going_on_now_and_once(story: Story) -> None:
    await story.person()
    for day in range(-160, 0, 2):
        await story.happens(day, kind="email", direction="outbound")
        if day < -100 and day % 20 == 0:
            assert await story.lives(0, 0) == []

    told = await story.lives(0, 0)
    told += await story.lives(0, 6)

    assert [event for _, event, _ in told] == ["opened"]
    [alert] = await story.alerts()
    assert "one_sided" in alert["reasons"]
    assert f"{story.at(-160):%-d %B %Y}" in alert["summary"]  # as old as what is known


async def test_a_backfill_of_what_is_over_tells_nothing(story: Story) -> None:
    await story.person()
    for day in range(-200, -60, 2):
        await story.happens(day, kind="email", direction="outbound")

    assert await story.lives(0, 9) == []
    assert await story.alerts() == []


@pytest.mark.parametrize("due_at", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z"])
async def test_a_promise_without_an_end_keeps_nobody_from_being_judged(
    story: Story, due_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the log of an older attune may hold it.
    monkeypatch.setattr("shared.events.touchpoint.YEAR_MIN", 0)
    monkeypatch.setattr("shared.events.touchpoint.YEAR_END", 10_000)
    said = {"ref": "plan", "state": "made", "by": "us", "due_at": due_at}
    await story.person("ana")
    await story.person("ben", cadence_days=7)
    await story.becomes_warm("ben", day=-8)
    await story.happens(-1, kind="commitment", commitment=said)

    assert [its.about.stakeholder for its in await story.judged(0)] == ["ben"]


@pytest.mark.parametrize("step", ["judge", "announce"])
async def test_a_reason_that_fails_for_somebody_keeps_nobody_else_from_being_told(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    for name in ("ana", "ben"):
        await story.person(name, cadence_days=7)
        await story.becomes_warm(name, day=-8)
    done = getattr(watch, step)

    def failing(relationship: Relationship, *more: Any) -> Any:
        if relationship.stakeholder == "ana":
            raise KeyError("figure")
        return done(relationship, *more)

    with monkeypatch.context() as mistaken:
        mistaken.setattr(watch, step, failing)
        told = await story.judged(0)

    assert [its.about.stakeholder for its in told] == ["ben"]
    assert "cannot be judged" in caplog.text
    # Once it is mended she is told of, too.
    assert [its.about.stakeholder for its in await story.judged(0.1)] == ["ana"]


async def test_who_cannot_be_reckoned_with_keeps_nobody_from_being_judged(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    await story.person("ana", cadence_days=7, overrides={"history_days": 1e12})
    await story.person("ben", cadence_days=7)
    for name in ("ana", "ben"):
        await story.becomes_warm(name, day=-8)

    assert [its.about.stakeholder for its in await story.judged(0)] == ["ben"]
    assert "cannot be judged" in caplog.text
    assert not await story.judged(0)
