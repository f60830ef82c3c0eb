"""The life of an alert: acknowledged, snoozed, climbing, resolved, come back."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest

from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import told_to
from tests.integration.alerts.story import Story, audience

MAIL = {"kind": "mail", "name": "mail", "host": "127.0.0.1", "sender": "attune@us.example"}
CHAIN = {
    "channels": [MAIL],
    "routes": [{"to": ["webhook"]}, {"to": ["mail:owner"]}],
    "escalations": [
        {
            "steps": [
                {"after_hours": 24, "to": ["mail:lead@us.example"]},
                {"after_hours": 48, "to": ["mail:head@us.example"]},
            ]
        }
    ],
}


@pytest.fixture
async def story(story: Story, post_office: Collector) -> AsyncIterator[Story]:
    """Every story here ends at a real collector."""
    async with told_to(post_office, story) as told:
        yield told


async def overdue(story: Story, **policy: Any) -> None:
    """Ana is overdue since day 0, and her owner is Eva."""
    story.to = audience(**policy)
    await story.person(cadence_days=8, owner="eva@us.example")
    await story.becomes_warm(day=-8)
    assert [event for _, event, _ in await story.lives(0, 0)] == ["opened"]


async def status(story: Story) -> str:
    return str((await story.alerts())[-1]["status"])


async def test_what_is_acknowledged_is_not_repeated(story: Story) -> None:
    await overdue(story, attention={"repeat_days": 2})
    repeated = await story.lives(0, 5)
    await story.act(5, "acknowledge")

    quiet = await story.lives(5, 30)

    assert [(day, event) for day, event, _ in repeated] == [(2, "reminded"), (4, "reminded")]
    assert [event for _, event, _ in quiet if event != "joined"] == ["acknowledged"]


async def test_without_a_repeat_in_the_policy_nothing_is_repeated(story: Story) -> None:
    await overdue(story)

    assert [event for _, event, _ in await story.lives(0, 20)] == []


async def test_a_snooze_ends_and_says_why_it_is_back(story: Story) -> None:
    await overdue(story)
    await story.act(1, "snooze", until=4)
    during = await story.lives(1, 3.9)
    rests = await status(story)

    back = await story.lives(4, 4)

    assert ([event for _, event, _ in during], rests) == (["snoozed"], "snoozed")
    assert [event for _, event, _ in back] == ["returned"]
    assert await status(story) == "open"
    note = await story.connection.fetchval("select note from attune.alert_history where event = 'returned'")
    assert "the snooze until" in note
    assert "still holds" in note


async def test_a_snooze_over_a_resolution_never_comes_back(story: Story) -> None:
    await overdue(story)
    await story.act(1, "snooze", until=6)
    await story.lives(1, 1)
    await story.happens(3, duration_minutes=60)

    told = await story.lives(3, 8)

    assert [event for _, event, _ in told] == ["resolved"]


async def test_what_joins_during_a_snooze_waits_for_its_end(story: Story) -> None:
    await overdue(story)
    await story.act(1, "snooze", until=30)
    await story.lives(1, 1)
    await story.happens(2, kind="setback", severity=1.0)

    await story.lives(2, 2)

    assert ("snoozed", "webhook") in await story.suppressed()
    assert [its["event"] for its in await story.deliveries("webhook")] == ["opened", "snoozed"]


async def test_a_chain_climbs_until_somebody_answers(story: Story) -> None:
    await overdue(story, **CHAIN)
    first = await story.lives(0, 1.5)
    second = await story.lives(1.5, 3.5)
    beyond = await story.lives(3.5, 10)

    assert [(day, event) for day, event, _ in first + second + beyond] == [(1, "escalated"), (3, "escalated")]
    told = [its["destination"] for its in await story.deliveries("mail")]
    assert told == ["eva@us.example", "lead@us.example", "head@us.example"]


async def test_a_chain_ends_when_somebody_has_it_in_hand(story: Story) -> None:
    await overdue(story, **CHAIN)
    await story.act(0.5, "acknowledge")

    told = await story.lives(0.5, 10)

    assert "escalated" not in [event for _, event, _ in told]


async def test_a_warning_does_not_climb(story: Story) -> None:
    story.to = audience(**CHAIN)
    await story.person(cadence_days=28, owner="eva@us.example")
    await story.becomes_warm()

    told = await story.lives(0, 26)

    assert [event for _, event, _ in told] == ["opened"]


async def test_what_is_resolved_by_hand_stays_so_until_it_happens_anew(story: Story) -> None:
    await overdue(story)
    await story.act(1, "resolve", note="met her at the fair")
    after = await story.lives(1, 6)
    await story.happens(7, duration_minutes=60)
    again = await story.lives(7, 16)

    assert [event for _, event, _ in after] == ["resolved"]
    assert [event for _, event, _ in again] == ["opened", "raised"]
    first, second = await story.alerts()
    assert first["id"] != second["id"]
    told = await story.connection.fetchrow("select actor, note from attune.alert_history where event = 'resolved'")
    assert tuple(told) == ("ben", "met her at the fair")


async def test_an_alert_is_assigned_to_the_owner_and_goes_where_it_is_handed(story: Story) -> None:
    await overdue(story, **CHAIN)
    assert (await story.alerts())[0]["assignee"] == "eva@us.example"
    await story.act(0.2, "assign", note="kim@us.example")

    await story.lives(0.2, 0.2)

    assert [its["destination"] for its in await story.deliveries("mail")] == ["eva@us.example", "kim@us.example"]


async def test_a_warning_that_comes_true_is_new_to_who_acknowledged_it(story: Story) -> None:
    await story.person(cadence_days=28)
    await story.becomes_warm()
    await story.lives(0, 21)
    await story.act(21, "acknowledge")

    told = await story.lives(21, 28)

    assert [event for _, event, _ in told] == ["acknowledged", "raised"]
    assert await status(story) == "open"


async def test_a_warning_ends_when_the_drift_is_far_again(story: Story) -> None:
    await story.person(cadence_days=28)
    await story.becomes_warm()
    await story.lives(0, 21)
    await story.happens(22, duration_minutes=60)

    assert [event for _, event, _ in await story.lives(22, 30)] == ["resolved"]


async def test_a_planned_meeting_holds_a_warning_back_and_says_so(story: Story) -> None:
    await story.person(cadence_days=28)
    await story.becomes_warm()
    await story.lives(0, 0)
    await story.plans(25)

    told = await story.lives(0, 25.5)

    assert told == []
    rows = await story.connection.fetch("select reason, note, held_until from attune.suppressions")
    assert [row["reason"] for row in rows] == ["planned"]
    assert "is planned before it" in rows[0]["note"]
    assert rows[0]["held_until"] == story.at(26)


async def test_history_is_appended_to_and_names_actor_moment_and_cause(story: Story) -> None:
    await overdue(story)
    await story.act(1, "acknowledge")
    await story.happens(2, duration_minutes=60)
    await story.lives(2, 2)

    rows = await story.connection.fetch(
        "select event, actor, happened_at, cause from attune.alert_history order by number"
    )

    assert [(row["event"], row["actor"]) for row in rows] == [
        ("opened", "attune"),
        ("acknowledged", "ben"),
        ("resolved", "attune"),
    ]
    assert "overdue" in rows[0]["cause"]
    assert rows[1]["happened_at"] == story.at(1)
    for change in ("update alerts.history set actor = 'nobody'", "delete from alerts.history where actor = 'ben'"):
        with pytest.raises(asyncpg.PostgresError, match="is appended to, never changed"):
            await story.connection.execute(change)


async def test_all_that_people_do_is_told_in_order_however_fast_they_are(story: Story) -> None:
    pager = {"kind": "pagerduty", "name": "pager", "routing_key": "R", "allow_private": True}
    await overdue(story, channels=[pager], routes=[{"to": ["webhook", "pager"]}])
    await story.act(1, "acknowledge")
    await story.act(1.1, "assign", note="kim")
    await story.act(1.2, "assign", note="lea")
    await story.act(1.3, "resolve", note="met her")

    await story.tended(2)

    said = ["acknowledged", "assigned", "assigned", "resolved"]
    assert [its["event"] for its in await story.deliveries("webhook")] == ["opened", *said]
    assert [its["event"] for its in await story.deliveries("pager")] == ["opened", "acknowledged", "resolved"]


async def test_what_comes_true_is_not_called_acknowledged_afterwards(story: Story) -> None:
    await story.person(cadence_days=28)
    await story.becomes_warm()
    await story.lives(0, 21)
    await story.act(28, "acknowledge")
    assert [its.event for its in await story.judged(28)] == ["raised"]

    await story.tended(60)

    assert [its["event"] for its in await story.deliveries("webhook")] == ["opened", "raised"]


async def test_an_alert_that_ends_because_two_people_are_one_is_told_to_be_over(story: Story) -> None:
    for name in ("ana", "anna"):
        await story.person(name, cadence_days=8)
        await story.becomes_warm(name, day=-8)
    await story.judged(0)
    people = await story.connection.fetch("select person_id from roster.people order by stakeholder")
    merge = "select roster.merge($1, $2, $3, 'ben')"

    await story.connection.fetch(merge, *(row["person_id"] for row in people), story.at(1))
    await story.tended(1)

    assert [its["event"] for its in await story.deliveries("webhook")] == ["opened", "opened", "resolved"]


async def test_whoever_is_called_days_later_reads_the_figures_of_that_day_and_what_would_help(story: Story) -> None:
    lead = [{"steps": [{"after_hours": 72, "to": ["nats"]}]}]
    story.to = audience(routes=[{"to": ["nats"]}], escalations=lead)
    await story.person(cadence_days=7, owner="eva@us.example")
    await story.becomes_warm(day=-8)
    await story.judged(0)

    [escalated] = await story.tended(3.5)

    assert escalated.summary == "Ana (change) is overdue: last touch 12 days ago, agreed is every 7 days."
    payloads = await story.connection.fetch("select event, payload from alerts.deliveries order by number")
    first, later = ((row["event"], orjson.loads(row["payload"])["data"]) for row in payloads)
    assert (first[0], later[0]) == ("opened", "escalated")
    assert [its["silent_days"] // 1 for _, data in (first, later) for its in data["reasons"]] == [8, 11]
    assert later[1]["score"] < first[1]["score"]
    assert later[1].keys() == first[1].keys()
    assert len(later[1]["what_if"]) == len(first[1]["what_if"]) >= 2
    [cause] = await story.connection.fetchval("select array_agg(cause) from alerts.history where event = 'escalated'")
    assert orjson.loads(cause)[0]["silent_days"] // 1 == 11
