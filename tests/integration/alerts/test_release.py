"""When what was held back is told: asked anew each time, so that a night, a mute and a budget all count."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from services.alerts import outbox
from services.alerts.channels.webhook import Webhook
from services.alerts.digest import digest_due
from services.alerts.notify import notify
from services.alerts.watch import judge_due
from tests.integration.alerts.conftest import SECRET
from tests.integration.alerts.story import Story, audience
from tests.integration.alerts.test_life import CHAIN
from tests.integration.alerts.test_races import waiting
from tests.integration.alerts.test_when import FRIDAY_EVENING, MAIL, OFFICE, TO_OWNER, at, overdue

TUESDAY_MORNING = datetime(2027, 3, 30, 6, tzinfo=UTC)
DIGEST = {"digest": {"rhythm": "daily"}}


@pytest.fixture
async def rival(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Another replica's connection."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def mails(story: Story) -> list[tuple[str, str]]:
    return [(its["event"], its["status"]) for its in await story.deliveries("mail")]


async def test_what_is_urgent_does_not_wait_behind_a_warning_that_does(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours={**OFFICE, "urgent": ["alert"]})
    await story.person(cadence_days=4, owner="eva@us.example")
    await story.becomes_warm(day=-3)
    assert [its.severity for its in await story.judged(0)] == ["warning"]

    assert [its.event for its in await story.judged(1)] == ["raised"]

    assert await mails(story) == [("opened", "withdrawn"), ("raised", "pending")]
    assert ("overtaken", "mail") in await story.suppressed()
    assert len(await outbox.lease(connection, "mail", story.at(1.1), 10)) == 1


async def test_what_is_read_after_a_weekend_is_written_after_it(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE)
    await overdue(story)
    await story.judged(0)
    [held] = await payloads(connection)
    await story.act(0.5, "assign", note="kim@us.example")
    await story.tended(0.5)
    story.to = story.to._replace(console_url="https://moved.example")

    await story.released(TUESDAY_MORNING)

    opened, assigned = await payloads(connection)
    assert (opened["id"], opened["to"]) == (held["id"], "eva@us.example")
    assert "last touch 8 days ago" in held["subject"]
    assert "last touch 11 days ago" in opened["subject"]
    for mail in (opened, assigned):
        assert "Why, as of 2027-03-30 06:00 UTC" in mail["text"]
        assert "https://moved.example/alerts/" in mail["text"]
        assert "a 30-minute meeting this week" in mail["text"]
    assert "assigned by ben: kim@us.example" in assigned["text"]


async def test_a_program_that_a_mute_kept_silent_is_told_as_of_the_end_of_the_mute(story: Story) -> None:
    await overdue(story)
    mute = "select alerts.mute('kim', $1, $2, initiative => 'change')"
    await story.connection.execute(mute, story.at(0), story.at(3))
    await story.judged(0)

    await story.released(3)

    [row] = await story.connection.fetch("select payload from alerts.deliveries where channel = 'webhook'")
    said = orjson.loads(row["payload"])
    assert (said["type"], said["timestamp"]) == ("attune.alert.opened.v1", story.at(3).isoformat())
    [overdue_] = [because for because in said["data"]["reasons"] if because["reason"] == "overdue"]
    assert overdue_["silent_days"] == pytest.approx(11)


async def test_what_cannot_be_written_anew_goes_out_as_it_was_and_says_of_when_it_is(story: Story) -> None:
    for name in ("ana", "ben"):
        await story.person(name, function="Finance")
        await story.becomes_warm(name, day=-200)
    await story.judged(0)
    await story.connection.execute(
        "select alerts.mute('kim', $1, $2, function => 'Finance')", story.at(0), story.at(20)
    )
    await story.looked(0)
    await story.looked(8)

    await story.released(20)

    [row] = await story.connection.fetch("select payload from alerts.deliveries where channel = 'webhook'")
    assert orjson.loads(row["payload"])["timestamp"] == story.at(8).isoformat()


async def payloads(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """Return mails in the order in which they came about."""
    rows = await connection.fetch(
        "select delivery_id, destination, payload from alerts.deliveries where channel = 'mail' order by number"
    )
    return [orjson.loads(row["payload"]) | {"id": row["delivery_id"], "to": row["destination"]} for row in rows]


@pytest.mark.parametrize(("action", "reason"), [("acknowledge", "acknowledged"), ("snooze", "snoozed")])
async def test_who_answers_at_night_is_not_called_upon_in_the_morning(
    connection: asyncpg.Connection, action: str, reason: str
) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE)
    await overdue(story)
    await story.judged(0)

    await story.act(0.1, action, until=9 if action == "snooze" else None)
    await story.tended(0.1)

    assert await mails(story) == [("opened", "withdrawn")]
    assert (reason, "mail") in await story.suppressed()


async def test_what_was_held_for_days_has_days_of_patience_left(story: Story, pool: Any) -> None:
    await overdue(story)
    await story.connection.execute(
        "select alerts.mute('kim', $1, $2, initiative => 'change')", story.at(0), story.at(5)
    )
    await story.judged(0)
    away = Webhook("http://127.0.0.1:9/hook", [SECRET], allow_private=True)

    await story.released(5)
    for day in (5.01, 7.9, 9):
        await notify(pool, away, lambda day=day: story.at(day))  # type: ignore[misc]
        [its] = await story.deliveries("webhook")
        assert its["status"] == ("pending" if day < 8 else "dead")
    await away.close()


async def test_a_mute_that_ends_at_night_is_told_in_the_morning(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE)
    await overdue(story)
    sunday = datetime(2027, 3, 28, 3, tzinfo=UTC)
    await connection.execute("select alerts.mute('kim', $1, $2, initiative => 'change')", story.start, sunday)

    await story.judged(0)
    await story.released(sunday)

    [mail] = await story.deliveries("mail")
    assert (mail["status"], mail["next_attempt_at"]) == ("held", TUESDAY_MORNING)
    [hook] = await story.deliveries("webhook")
    assert (hook["status"], hook["next_attempt_at"]) == ("pending", sunday)


async def test_who_ends_one_mute_ends_no_other(story: Story) -> None:
    await overdue(story)
    mute = "select alerts.mute('kim', $1, $2, initiative => 'change')"
    short = await story.connection.fetchval(mute, story.at(0), story.at(3))
    long = await story.connection.fetchval(mute, story.at(0), story.at(9))
    await story.judged(0)

    for number, when, until in ((short, 1, 9), (long, 2, 2)):
        await story.connection.execute("select alerts.unmute($1, $2)", number, story.at(when))
        await story.released(when)
        assert [its["next_attempt_at"] for its in await story.deliveries("webhook")] == [story.at(until)]
    assert [its["status"] for its in await story.deliveries("webhook")] == ["pending"]


async def test_a_chain_counts_from_when_the_owner_was_told(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **CHAIN, hours=OFFICE)
    await overdue(story)

    await story.lives(0, 10)

    rows = await story.connection.fetch("select happened_at from attune.alert_history where event = 'escalated'")
    days = [row["happened_at"] - TUESDAY_MORNING for row in rows]
    assert [round(its / timedelta(days=1), 2) for its in days] == [1.0, 3.0]


@pytest.mark.parametrize(("ended", "days"), [(None, [5, 7]), (2, [2, 4])])
async def test_a_chain_does_not_climb_while_a_mute_lasts(story: Story, ended: float | None, days: list[int]) -> None:
    story.to = audience(**CHAIN)
    await overdue(story)
    told = await story.lives(0, 0.1)
    mute = await story.connection.fetchval(
        "select alerts.mute('kim', $1, $2, initiative => 'change')", story.at(0.5), story.at(5)
    )
    told += await story.lives(0.5, ended or 10)
    if ended:
        await story.connection.execute("select alerts.unmute($1, $2)", mute, story.at(ended))
        told += await story.lives(ended, 10)

    assert [day for day, event, _ in told if event == "escalated"] == days


async def test_whom_it_has_climbed_to_hears_what_became_of_it(story: Story) -> None:
    story.to = audience(**CHAIN)
    await overdue(story)
    await story.lives(0, 1.5)
    await story.act(1.6, "acknowledge")
    await story.lives(1.6, 1.6)
    await story.happens(2, duration_minutes=60)
    await story.lives(2, 2)

    told = [(its["destination"][:4], its["event"]) for its in await story.deliveries("mail")]
    assert [event for who, event in told if who == "lead"] == ["escalated", "acknowledged", "resolved"]
    assert [event for who, event in told if who == "eva@"] == ["opened", "resolved"]


async def test_a_pager_rests_while_an_alert_does_and_is_not_told_whose_it_is(story: Story) -> None:
    pager = {"kind": "pagerduty", "name": "pager", "routing_key": "R", "allow_private": True}
    story.to = audience(channels=[pager], routes=[{"to": ["pager"]}])
    await overdue(story)
    await story.judged(0)
    for day, action, until, note in ((0.1, "assign", None, "kim"), (0.2, "snooze", 3, None)):
        await story.act(day, action, until, note)
        await story.tended(day)
    await story.tended(3)

    rows = await story.connection.fetch("select event, payload from alerts.deliveries order by number")
    said = [(row["event"], orjson.loads(row["payload"])["event_action"]) for row in rows]
    assert said == [("opened", "trigger"), ("snoozed", "acknowledge"), ("returned", "trigger")]


async def test_a_budget_is_of_alerts_however_many_channels_tell_them(story: Story) -> None:
    routes = [{"to": ["mail:owner", "post:owner"]}]
    story.to = audience(channels=[MAIL, {**MAIL, "name": "post"}], routes=routes, attention={"budget": 1}, **DIGEST)
    await overdue(story, "ana", importance=2)
    await overdue(story, "ben")

    await story.judged(0)

    assert [len(await story.deliveries(name)) for name in ("mail", "post")] == [1, 1]
    assert await story.suppressed() == [("budget", "mail"), ("budget", "post")]


async def test_what_is_muted_costs_no_attention(story: Story) -> None:
    story.to = audience(**TO_OWNER, attention={"budget": 1}, **DIGEST)
    await overdue(story, "ana", importance=9)
    await overdue(story, "ben")
    await story.connection.execute(
        "select alerts.mute('kim', $1, $2, stakeholder => 'ana')", story.at(0), story.at(0.1)
    )

    await story.judged(0)

    assert sorted(await mails(story)) == [("opened", "held"), ("opened", "pending")]


async def test_a_budget_is_of_the_owners_own_day(connection: asyncpg.Connection) -> None:
    before_midnight_in_tokyo = datetime(2027, 3, 3, 14, 30, tzinfo=UTC)
    hours = {"time_zone": "Asia/Tokyo"}
    story = await at(connection, before_midnight_in_tokyo, **TO_OWNER, hours=hours, attention={"budget": 1}, **DIGEST)
    await overdue(story, "ana")
    await story.judged(0)
    await overdue(story, "ben")

    await story.judged(0.03)

    assert len(await story.deliveries("mail")) == 2


async def test_in_the_morning_a_budget_is_spent_on_the_most_valuable(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE, attention={"budget": 2}, **DIGEST)
    for name, importance in (("ana", 1.0), ("ben", 5.0), ("cem", 3.0)):
        await overdue(story, name, importance=importance)
    await story.judged(0)
    assert await mails(story) == [("opened", "held")] * 3

    await story.released(TUESDAY_MORNING)

    rows = await connection.fetch("select payload, withdrawn_at from alerts.deliveries where channel = 'mail'")
    told = {orjson.loads(row["payload"])["subject"].split()[1]: row["withdrawn_at"] is None for row in rows}
    assert told == {"Ana": False, "Ben": True, "Cem": True}
    assert (await story.suppressed()).count(("budget", "mail")) == 1


async def test_what_climbs_is_told_whatever_the_budget(story: Story) -> None:
    story.to = audience(**CHAIN, owners={"lead@us.example": {"budget": 1}}, **DIGEST)
    await overdue(story, "ana")
    await overdue(story, "ben")

    await story.lives(0, 1.5)

    assert [its["event"] for its in await story.deliveries("mail") if its["destination"][:4] == "lead"] == [
        "escalated",
        "escalated",
    ]


async def test_two_replicas_spend_a_budget_once(story: Story, rival: asyncpg.Connection) -> None:
    story.to = audience(**TO_OWNER, attention={"budget": 1}, **DIGEST)
    await overdue(story, "ana")
    await overdue(story, "ben")
    async with rival.transaction():
        await judge_due(rival, story.to, story.at(0.001), limit=1)
        judging = asyncio.create_task(story.judged(0))
        await waiting(rival)

    await judging

    assert len(await story.deliveries("mail")) == 1
    assert await story.suppressed() == [("budget", "mail")]


async def test_a_digest_tells_what_a_budget_kept_from_a_recipient(connection: asyncpg.Connection) -> None:
    monday = datetime(2027, 3, 1, 12, tzinfo=UTC)
    lead = {"lead@us.example": {"budget": 1}}
    routes = [{"to": ["mail:lead@us.example"]}]
    story = await at(connection, monday, channels=[MAIL], routes=routes, owners=lead, **DIGEST)
    await overdue(story, "ana", importance=2)
    await overdue(story, "ben")
    await digest_due(connection, story.to, story.at(-1))
    await story.judged(0)

    assert await digest_due(connection, story.to, story.at(0.9)) == 1

    payload = await connection.fetchval(
        "select payload from alerts.deliveries where event = 'digest' and recipient = 'lead@us.example'"
    )
    text = orjson.loads(payload)["text"]
    assert "Ben (change) is overdue" in text
    assert "Ana" not in text
    assert "Held back: 1 budget" in text


async def test_a_digest_tells_what_is_near_though_nothing_is_open(connection: asyncpg.Connection) -> None:
    monday = datetime(2027, 3, 1, 12, tzinfo=UTC)
    story = await at(
        connection, monday, channels=[MAIL], routes=[{"to": ["nats"]}], **DIGEST, owners={"eva@us.example": {}}
    )
    await overdue(story, overrides={"warning_days": 0}, cadence_days=14)
    await digest_due(connection, story.to, story.at(0))
    await story.judged(0.1)

    assert await digest_due(connection, story.to, story.at(0.9)) == 1

    said = orjson.loads(await connection.fetchval("select payload from alerts.deliveries where event = 'digest'"))
    assert said["subject"] == "attune: nothing open for you"
    assert "Ana (change): overdue on 7 March 2027" in said["text"]


@pytest.mark.parametrize(("function", "is_told"), [("Finance", False), ("Legal", True)])
async def test_a_mute_of_a_function_is_one_of_its_holes(story: Story, function: str, is_told: bool) -> None:
    for name in ("ana", "ben"):
        await story.person(name, function="Finance")
        await story.becomes_warm(name, day=-200)
    await story.judged(0)
    mute = "select alerts.mute('kim', $1, $2, function => $3)"
    await story.connection.execute(mute, story.at(0), story.at(20), function)

    await story.looked(0)
    await story.looked(8)

    [its] = await story.deliveries("webhook")
    assert (its["status"] == "pending") is is_told
    [alert] = await story.alerts()
    assert (alert["reason"], alert["function"]) == ("uncovered", "Finance")
