import asyncio
from datetime import timedelta

import asyncpg
import orjson
import pytest

from services.alerts.behind import behind
from services.alerts.store import PACKAGE
from services.alerts.watch import judge_due
from shared.plumbing.plans import withdraw
from shared.plumbing.queries import query
from tests.integration.alerts.story import AUDIENCE, Story

SECOND = timedelta(seconds=1)


async def test_silence_alone_warns_a_week_ahead_and_alerts_at_the_moment_that_was_forecast(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged(0)
    before = await story.watch()
    assert before["wake_at"] == before["drifts_at"] - timedelta(days=7)
    warned = await judge_due(story.connection, AUDIENCE, before["wake_at"])
    [warning] = await story.alerts()
    assert ([its.event for its in warned.announcements], warning["severity"]) == (["opened"], "warning")

    early = await judge_due(story.connection, AUDIENCE, before["drifts_at"] - SECOND)
    on_time = await judge_due(story.connection, AUDIENCE, before["drifts_at"])

    assert early.relationships == 0
    assert [its.event for its in on_time.announcements] == ["raised"]
    [alert] = await story.alerts()
    assert (alert["reason"], alert["status"], alert["severity"]) == ("fading", "open", "alert")
    assert alert["drifts_at"] == before["drifts_at"]
    assert 39.9 < alert["score"] < 40


async def test_each_reason_has_its_forecast_in_sql_and_what_has_ended_by_itself_is_gone(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.happens(-0.5, kind="setback", severity=1)
    await story.judged(0)

    found = {row["reason"]: row for row in await story.connection.fetch("select * from attune.forecasts")}
    drifts = await story.connection.fetchrow("select * from attune.drifting('9999 days')")
    await story.connection.execute(
        "update alerts.watches set forecasts = "
        "(select jsonb_agg(its || jsonb_build_object('ends_at', now())) from jsonb_array_elements(forecasts) as its)"
    )

    # Only an event ends what comes of silence; strain fades by itself.
    assert {reason: (row["holds"], row["ends_at"] is not None) for reason, row in found.items()} == {
        "fading": (True, False),
        "shaken": (True, True),
        "overdue": (False, False),
    }
    assert (drifts["drifts_at"], drifts["reason"]) == min((row["begins_at"], row["reason"]) for row in found.values())
    assert await story.connection.fetchval("select count(*) from attune.forecasts") == 0


async def test_nothing_is_due_while_nothing_can_happen(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    await story.judged_daily(0, 90)

    assert await story.connection.fetchval("select wake_at = 'infinity' from projector.states")


async def test_an_alert_is_told_once_however_often_it_is_judged(story: Story) -> None:
    relationship = await story.person()
    await story.becomes_warm()

    told = await story.judged_daily(0, 90)
    await story.connection.execute(
        "update projector.states set wake_at = now() where relationship_id = $1", relationship
    )

    assert [event for _, event, _ in told] == ["opened", "raised"]
    assert not await story.judged(91)


async def test_a_further_reason_joins_the_open_alert(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()

    told = await story.judged_daily(0, 90)

    assert [(event, reason) for _, event, reason in told] == [
        ("opened", "overdue"),
        ("raised", "overdue"),
        ("joined", "overdue"),
    ]
    [alert] = await story.alerts()
    assert alert["reason"] == "overdue"
    assert [because["reason"] for because in orjson.loads(alert["reasons"])] == ["overdue", "fading"]


async def test_an_overdue_alert_resolves_on_a_new_touch(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.judged_daily(0, 8)

    await story.happens(9, duration_minutes=60)
    told = await story.judged(9)

    assert [its.event for its in told] == ["resolved"]
    [alert] = await story.alerts()
    assert alert["status"] == "resolved"
    assert alert["resolved_at"] is not None


async def test_a_fading_alert_survives_a_touch_that_only_just_lifts_it_over_the_line(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    told = await story.judged_daily(0, 90)
    opened_on = told[1][0]

    await story.happens(opened_on, kind="message", direction="outbound")
    slightly_better = await story.judged(opened_on)

    [alert] = await story.alerts()
    score = await story.connection.fetchval(
        "select score from alerts.watches cross join lateral projector.read((select s from projector.model_states s), $1)",
        story.at(opened_on),
    )
    assert 40 <= score < 45
    assert not slightly_better
    assert alert["status"] == "open"


async def test_a_fading_alert_resolves_well_above_the_line_and_a_new_drift_is_a_new_alert(
    story: Story,
) -> None:
    await story.person()
    await story.becomes_warm()
    opened_on = (await story.judged_daily(0, 90))[1][0]

    await story.happens(opened_on + 1, duration_minutes=60)
    await story.happens(opened_on + 2, duration_minutes=60)
    resolved = await story.judged(opened_on + 2)
    later = await story.judged_daily(opened_on + 3, opened_on + 120)

    assert [its.event for its in resolved] == ["resolved"]
    assert [event for _, event, _ in later] == ["opened", "raised", "joined"]
    first, second = await story.alerts()
    assert first["id"] != second["id"]


async def test_what_crossed_before_attune_looked_is_history_and_no_alert(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-200)

    assert not await story.judged(0)
    assert (await story.watch())["reasons"] == ["overdue", "fading"]
    assert not await story.judged_daily(1, 60)


async def test_what_crossed_a_few_days_before_attune_looked_is_news(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-10)

    assert [its.event for its in await story.judged(0)] == ["opened"]


async def test_drift_while_alerts_was_down_for_months_is_news(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.judged(0)

    assert [its.event for its in await story.judged(100)] == ["opened"]


async def test_history_that_arrives_in_pieces_raises_no_alert_about_the_past(story: Story) -> None:
    await story.person(cadence_days=7)
    for number in range(6):
        await story.happens(-200 + number, duration_minutes=60)
        assert not await story.judged(0)


async def test_weak_history_that_arrives_in_pieces_raises_no_alert_about_the_past(story: Story) -> None:
    await story.person("ana", cadence_days=7)
    await story.person("ben")
    for number in range(12):
        for name in ("ana", "ben"):
            await story.happens(-200 + number, name, kind="email")
        assert not await story.judged(0)

    # Ana was overdue before there was a score: that is no proof that she was well.
    reasons = await story.connection.fetch("select reasons from alerts.watches order by relationship_id")
    assert [row["reasons"] for row in reasons] == [["fading", "overdue"], ["fading"]]


async def test_drift_that_comes_to_light_weeks_late_is_news_once(story: Story) -> None:
    await story.person()
    await story.becomes_warm(day=-17)
    assert not await story.judged(0)
    assert not (await story.watch())["reasons"]

    for _ in range(3):
        await story.happens(-16, kind="setback", severity=1.0)
    told = await story.judged(0)

    assert [(str(its.event), str(its.reason)) for its in told] == [("opened", "fading")]
    [alert] = await story.alerts()
    assert alert["drifts_at"] <= story.at(-15)
    assert not await story.judged(1)


async def test_what_is_still_arriving_is_judged_when_it_has_settled(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-10)

    at_once = await judge_due(story.connection, AUDIENCE, story.start + SECOND)

    assert not at_once.announcements
    assert not await story.connection.fetch("select from alerts.watches")
    assert [its.event for its in await story.judged(0)] == ["opened"]


async def test_an_unknown_relationship_never_fades_but_may_be_overdue(story: Story) -> None:
    await story.person("ana")
    await story.person("ben", cadence_days=7)
    for name in ("ana", "ben"):
        await story.happens(-1, name, kind="email")

    told = await story.judged_daily(0, 300)

    assert told == [(5, "opened", "overdue"), (6, "raised", "overdue")]


async def test_a_meeting_planned_before_the_drift_holds_the_alert_back_until_it_could_be_reported(
    story: Story,
) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.judged(0)
    await story.plans(5.7)

    assert not await story.judged(6)
    assert (await story.watch())["held_until"] == story.at(6.7)
    assert [its.event for its in await story.judged(6.7)] == ["opened"]


async def test_an_accepted_line_of_a_plan_holds_the_alert_back_as_a_meeting_does_until_it_is_withdrawn(
    story: Story,
) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.judged(0)
    await story.connection.execute(
        "with made as (insert into planner.plans (proposed_at, hours, until, worth, solver, gap)"
        " values ($1, 1, $2, 0, 'exact', 0) returning plan)"
        " insert into planner.lines (plan, line, relationship_id, kind, minutes, at, latest_day, days_bought, accepted_at)"
        " select plan, 1, relationship_id, 'call', 15, $2, $2::timestamptz::date, 0, $1"
        " from made cross join roster.stakeholders",
        story.start,
        story.at(5.7),
    )

    assert not await story.judged(6)
    assert (await story.watch())["held_until"] == story.at(6.7)
    await withdraw(story.connection, 1, [1], story.at(5.6))
    assert [its.event for its in await story.judged(6.1)] == ["opened"]


async def test_a_held_back_alert_never_opens_when_the_meeting_took_place(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.judged(0)
    await story.plans(5.7)
    await story.judged(6)
    await story.happens(5.7, duration_minutes=30)

    assert not await story.judged_daily(6, 10)


async def test_a_setback_opens_an_alert_and_its_fading_resolves_it_without_a_touch(story: Story) -> None:
    await story.person()
    await story.becomes_warm()
    for _ in range(8):
        await story.happens(-0.5, kind="commitment", commitment={"ref": "x", "state": "kept", "by": "us"})
    await story.judged(0)
    for severity in (1.0, 0.2):
        await story.happens(1, kind="setback", severity=severity)

    told = await story.judged_daily(1, 60)

    assert [event for _, event, _ in told] == ["opened", "resolved"]


async def test_two_replicas_never_tell_the_same_twice(story: Story, database: str) -> None:
    for number in range(60):
        await story.person(f"person{number}", cadence_days=7)
        await story.becomes_warm(f"person{number}")
    await story.judged(0)
    moment = story.at(20)
    replicas = [await asyncpg.connect(database) for _ in range(2)]

    async def drain(replica: asyncpg.Connection) -> int:
        opened = 0
        while (judged := await judge_due(replica, AUDIENCE, moment, limit=7)).relationships:
            opened += len(judged.announcements)
        return opened

    shares = await asyncio.gather(*map(drain, replicas))

    assert sum(shares) == 60
    assert all(shares)
    assert len(await story.alerts()) == 60
    for replica in replicas:
        await replica.close()


async def test_a_touch_folded_while_its_relationship_is_judged_is_judged_again(story: Story, database: str) -> None:
    relationship = await story.person(cadence_days=7)
    await story.becomes_warm()
    await story.judged(0)
    projector = await asyncpg.connect(database)
    async with story.connection.transaction():
        await judge_due(story.connection, AUDIENCE, story.at(7))
        waking = asyncio.create_task(
            projector.execute(
                "update projector.states set wake_at = least(wake_at, $2) where relationship_id = $1",
                relationship,
                story.start,
            )
        )
        await asyncio.sleep(0.1)
        assert not waking.done()
    await waking
    await projector.close()

    assert (await judge_due(story.connection, AUDIENCE, story.at(7))).relationships == 1


async def test_one_open_alert_per_relationship_is_a_law_of_the_database(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-10)
    await story.judged(0)

    with pytest.raises(asyncpg.UniqueViolationError):
        await story.connection.execute(
            "insert into alerts.alerts select gen_random_uuid(), relationship_id, status, severity, reason, reasons, "
            "score, drifts_at, summary, opened_at from alerts.alerts"
        )


async def test_people_who_query_may_read_alerts_history_and_deliveries(story: Story) -> None:
    await story.connection.execute("set role attune_reader")

    for view in ("alerts", "alert_history", "deliveries"):
        await story.connection.fetch(f"select * from attune.{view}")


@pytest.mark.parametrize(("name", "more"), [("is_any_due", ()), ("take_due", (500,))])
async def test_none_due_is_found_by_the_index(story: Story, name: str, more: tuple[int, ...]) -> None:
    await story.connection.execute("set enable_seqscan = off")

    plan = await story.connection.fetch(f"explain {query(PACKAGE, name)}", story.start, *more)

    assert any("states_by_wake_at" in row[0] for row in plan)
    assert any("Index Cond" in row[0] and "wake_at <=" in row[0] for row in plan)


async def test_a_look_in_vain_asks_once_and_writes_nothing(story: Story) -> None:
    await story.person()
    await story.judged(0)
    asked: list[str] = []
    story.connection.add_query_logger(lambda record: asked.append(record.query))

    assert await story.judged(0) == []

    await asyncio.sleep(0)  # asyncpg tells of it soon, and not at once
    assert asked == [query(PACKAGE, "is_any_due")]


async def test_a_touch_ends_the_drift_of_who_fades_though_a_rhythm_is_still_kept(story: Story) -> None:
    relationship = await story.person(cadence_days=200)
    await story.becomes_warm()
    await story.lives(0, 150)
    [alert] = await story.alerts()
    assert (alert["reason"], alert["severity"]) == ("fading", "alert")

    found = await behind(story.connection, [relationship], alert["drifts_at"] + timedelta(days=1))

    content = found[relationship].content
    assert content["forecast"] == "without a touch the score stays under the line"
    assert all(" this week ends the drift until " in its["sentence"] for its in content["what_if"])
