"""When people are told, how much, and what is kept from them: everything held back says why."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest
from prometheus_client import REGISTRY

from services.alerts.channels.pagerduty import PagerDuty
from services.alerts.digest import digest_due, gathered
from services.alerts.notify import notify
from services.alerts.render import digest
from services.alerts.watch import judge_due
from shared.alignment.model import default_model
from shared.plumbing.models import put_in_force
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import told_to
from tests.integration.alerts.story import Story, audience

MAIL = {"kind": "mail", "name": "mail", "host": "127.0.0.1", "sender": "attune@us.example"}
OFFICE = {
    "time_zone": "Europe/Berlin",
    "quiet": ["18:00", "08:00"],
    "working_days": ["mon", "tue", "wed", "thu", "fri"],
    "holidays": "DE",
}
TO_OWNER: dict[str, Any] = {"channels": [MAIL], "routes": [{"to": ["webhook"]}, {"to": ["mail:owner"]}]}
DAY = timedelta(days=1)
FRIDAY_EVENING = datetime(2027, 3, 26, 20, tzinfo=UTC)
"""Good Friday, two days before the clocks go forward: Monday is a holiday too."""


@pytest.fixture(autouse=True)
async def _told(connection: asyncpg.Connection, post_office: Collector) -> AsyncIterator[None]:
    """Every story here ends at a real collector: what a webhook is told is posted in the end."""
    async with told_to(post_office, Story(connection)):
        yield


async def at(connection: asyncpg.Connection, start: datetime, **policy: Any) -> Story:
    story = Story(connection, start, audience(**policy))
    await put_in_force(connection, default_model(), start)
    return story


def counted() -> float:
    """Return how often somebody could not be told, as /metrics says."""
    return REGISTRY.get_sample_value("attune_alerts_suppressed_total", {"reason": "unrouted"}) or 0.0


async def overdue(story: Story, name: str = "ana", **facts: Any) -> None:
    usual: dict[str, Any] = {"cadence_days": 8, "owner": "eva@us.example"}
    await story.person(name, **usual | facts)
    await story.becomes_warm(name, day=-8)


async def test_quiet_hours_hold_over_a_weekend_with_holidays_and_a_change_of_clocks(
    connection: asyncpg.Connection,
) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE)
    await overdue(story)

    await story.judged(0)

    [mail] = await story.deliveries("mail")
    assert (mail["status"], mail["held_for"]) == ("held", "quiet")
    assert mail["next_attempt_at"] == datetime(2027, 3, 30, 6, tzinfo=UTC)  # Tuesday at eight, in summer time
    assert ("quiet", "mail") in await story.suppressed()
    assert [its["status"] for its in await story.deliveries("webhook")] == ["pending"]


async def test_who_is_called_over_a_weekend_with_holidays_hears_on_the_first_working_morning(
    connection: asyncpg.Connection, post_office: Collector
) -> None:
    pager = {"kind": "pagerduty", "name": "pager", "routing_key": "R", "url": post_office.url, "allow_private": True}
    story = await at(connection, FRIDAY_EVENING, channels=[pager], routes=[{"to": ["pager:owner"]}], hours=OFFICE)
    channel = PagerDuty("pager", post_office.url, "R", allow_private=True)
    await overdue(story)
    await story.judged(0)

    heard = list[int]()
    for moment in (
        FRIDAY_EVENING + DAY,
        datetime(2027, 3, 30, 5, 59, tzinfo=UTC),
        datetime(2027, 3, 30, 6, tzinfo=UTC),
    ):
        await story.released(moment)
        await notify(story, channel, lambda moment=moment: moment)  # type: ignore[misc]
        heard.append(len(post_office.requests))
    await channel.close()

    assert heard == [0, 0, 1]  # at eight on Tuesday: an hour earlier by the sun than on Friday
    payload = orjson.loads(post_office.requests.pop().body)["payload"]
    assert payload["summary"] == "Ana (change) is overdue: last touch 11 days ago, agreed is every 8 days."


async def test_what_is_over_before_the_morning_is_never_told(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE)
    await overdue(story)
    await story.judged(0)
    await story.happens(1, duration_minutes=60)

    await story.judged(1)

    assert [its["status"] for its in await story.deliveries("mail")] == ["withdrawn"]
    assert ("resolved", "mail") in await story.suppressed()
    assert [its["event"] for its in await story.deliveries("webhook")] == ["opened", "resolved"]


async def test_what_is_urgent_does_not_wait(connection: asyncpg.Connection) -> None:
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours={**OFFICE, "urgent": ["alert"]})
    await overdue(story)

    await story.judged(0)

    [mail] = await story.deliveries("mail")
    assert (mail["status"], mail["held_for"]) == ("pending", None)


async def test_each_owner_has_hours_of_their_own(connection: asyncpg.Connection) -> None:
    owners = {"kim@us.example": {"hours": {"time_zone": "Asia/Tokyo"}}}
    story = await at(connection, FRIDAY_EVENING, **TO_OWNER, hours=OFFICE, owners=owners)
    await overdue(story, "ana")
    await overdue(story, "ben", owner="kim@us.example")

    await story.judged(0)

    held = {its["destination"]: its["status"] for its in await story.deliveries("mail")}
    assert held == {"eva@us.example": "held", "kim@us.example": "pending"}


async def test_a_budget_is_spent_on_the_most_valuable(story: Story) -> None:
    story.to = audience(**TO_OWNER, attention={"budget": 2}, digest={"rhythm": "daily"})
    for name, importance in (("ana", 1.0), ("ben", 5.0), ("cem", 3.0)):
        await overdue(story, name, importance=importance)

    await story.judged(0)

    mails = await story.connection.fetch("select payload from alerts.deliveries where channel = 'mail'")
    said = " ".join(orjson.loads(row["payload"])["subject"] for row in mails)
    assert ("Ben" in said, "Cem" in said, "Ana" in said) == (True, True, False)
    assert (await story.suppressed()).count(("budget", "mail")) == 1
    assert len(await story.deliveries("webhook")) == 3


async def test_an_owner_without_an_address_is_visible(story: Story) -> None:
    story.to = audience(**TO_OWNER)
    before = counted()
    await overdue(story, owner="Eva")

    await story.judged(0)

    assert ("unrouted", "mail") in await story.suppressed()
    assert counted() == before + 1


@pytest.mark.parametrize(
    ("scope", "is_told"),
    [
        ({"initiative": "change"}, False),
        ({"function": "Finance"}, False),
        ({"stakeholder": "ana"}, False),
        ({"source": "acme"}, False),
        ({"initiative": "other"}, True),
        ({"initiative": "change", "function": "Legal"}, True),
    ],
)
async def test_maintenance_holds_back_what_it_covers_until_it_is_over(
    story: Story, scope: dict[str, str], is_told: bool
) -> None:
    await overdue(story, function="Finance")
    named = ", ".join(f"{name} => '{value}'" for name, value in scope.items())
    await story.connection.execute(f"select alerts.mute('kim', $1, $2, {named})", story.at(0), story.at(3))

    await story.judged(0)

    [told] = await story.deliveries("webhook")
    assert told["next_attempt_at"] == (story.at(0) if is_told else story.at(3)) or is_told
    assert told["held_for"] == (None if is_told else "muted")
    assert (("muted", "webhook") in await story.suppressed()) is not is_told
    assert (await story.alerts())[0]["status"] == "open"


async def test_a_mute_that_is_over_holds_nothing(story: Story) -> None:
    await overdue(story)
    await story.connection.execute(
        "select alerts.mute('kim', $1, $2, initiative => 'change')", story.at(-3), story.at(-1)
    )

    await story.judged(0)

    assert [its["held_for"] for its in await story.deliveries("webhook")] == [None]


async def test_who_ends_a_mute_lets_what_it_held_be_told(story: Story) -> None:
    await overdue(story)
    mute = await story.connection.fetchval(
        "select alerts.mute('kim', $1, $2, initiative => 'change')", story.at(0), story.at(9)
    )
    await story.judged(0)

    await story.connection.execute("select alerts.unmute($1, $2)", mute, story.at(1))

    assert [its["next_attempt_at"] for its in await story.deliveries("webhook")] == [story.at(1)]


async def test_routes_choose_by_reason_and_severity_until_one_says_stop(story: Story) -> None:
    hook = {
        "kind": "webhook",
        "name": "pager",
        "url": "http://pager.example",
        "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    }
    routes = [
        {"reasons": ["overdue"], "severity": "alert", "to": ["pager"], "stop": True},
        {"to": ["webhook"]},
    ]
    story.to = audience(channels=[hook], routes=routes)
    await overdue(story, "ana")
    await story.person("ben")
    await story.becomes_warm("ben", day=-66)

    await story.judged(0)

    assert [len(await story.deliveries(name)) for name in ("pager", "webhook", "nats")] == [1, 1, 0]


async def test_a_digest_comes_in_the_morning_and_says_all_clear_on_request(connection: asyncpg.Connection) -> None:
    monday = datetime(2027, 3, 1, 12, tzinfo=UTC)
    digest = {"rhythm": "daily", "at": "08:30", "all_clear": True}
    story = await at(connection, monday, channels=[MAIL], routes=[{"to": ["nats"]}], digest=digest)
    await overdue(story)
    await story.judged(0)

    sent = [await digest_due(connection, story.to, story.at(day)) for day in (0, 0.5, 0.9, 0.95)]
    await story.happens(1.1, duration_minutes=60)
    await story.judged(1.2)
    sent += [await digest_due(connection, story.to, story.at(day)) for day in (1.9, 1.95)]

    assert sent == [0, 0, 1, 0, 1, 0]
    rows = await connection.fetch("select payload from alerts.deliveries where event = 'digest' order by number")
    first, second = (orjson.loads(row["payload"]) for row in rows)
    assert first["subject"] == "attune: 1 open for you"
    assert "Ana (change) is overdue" in first["text"]
    assert second["subject"] == "attune: all clear"


async def test_a_weekly_digest_comes_on_its_day_only(connection: asyncpg.Connection) -> None:
    monday = datetime(2027, 3, 1, 12, tzinfo=UTC)
    digest = {"rhythm": "weekly", "on": "thu", "all_clear": True}
    story = await at(connection, monday, channels=[MAIL], routes=[{"to": ["nats"]}], digest=digest)
    await overdue(story)
    await story.judged(0)

    assert [await digest_due(connection, story.to, story.at(day)) for day in range(12)] == [0] * 3 + [1] + [0] * 6 + [
        1,
        0,
    ]


async def test_a_digest_says_where_the_next_hours_do_the_most_good(story: Story) -> None:
    eva, kim = "eva@us.example", "kim@us.example"
    ana, ben, cem = [await story.person(name, owner=eva) for name in ("ana", "ben", "cem")]
    dan = await story.person("dan", owner=kim)
    for plan, owner, lines in (
        (1, eva, [(1, ana, 99.0, 9)]),
        (2, eva, [(1, ana, 20.0, 9), (2, ben, 31.0, 9), (2, cem, 31.0, 9), (3, cem, 50.0, -9)]),
        (3, kim, [(1, dan, 70.0, 9)]),
    ):
        await story.connection.execute(
            "insert into planner.plans (proposed_at, owner, hours, until, worth, solver, gap)"
            " values ($1, $2, 2, $1, 1, 'highs', 0)",
            story.at(-10),
            owner,
        )
        for line, relationship, days, latest in lines:
            await story.connection.execute(
                "insert into planner.lines values ($1, $2, $3, $4, 'meeting', 30, $5, $5::timestamptz::date, $6, 40)",
                plan,
                line,
                relationship,
                owner,
                story.at(latest),
                days,
            )

    facts = await gathered(story.connection, story.to, eva, story.at(-1), story.at(0))

    assert [(its["names"], its["days_bought"]) for its in facts["plan"]] == [(["Ben", "Cem"], 31), (["Ana"], 20)]
    text = digest(facts)["text"]
    by = f"by {story.at(9):%-d %B %Y}"
    assert f"meeting with Ben, Cem, 30 minutes, {by}: keeps 31.0 relationship-days above the line\n" in text
    assert "Dan" not in text
    # Plans that are kept now say what each line is worth, which goes first: one coin with the plan itself.
    await story.connection.execute("update planner.lines set worth = case line when 1 then 9.5 else 4.25 end")
    facts = await gathered(story.connection, story.to, eva, story.at(-1), story.at(0))
    assert [its["names"] for its in facts["plan"]] == [["Ana"], ["Ben", "Cem"]]
    assert "keeps 20.0 relationship-days above the line, worth 9.5\n" in digest(facts)["text"]


async def test_a_digest_proposes_nobody_who_was_booked_since_and_nothing_that_is_of_no_more_use(story: Story) -> None:
    eva = "eva@us.example"
    people = [await story.person(name, owner=eva) for name in ("ana", "ben", "cem", "dan", "eli")]
    keep = (
        "insert into planner.plans (proposed_at, owner, hours, until, worth, solver, gap)"
        " values ($1, $2, 2, $3, 1, 'exact', 0) returning plan"
    )
    line = (
        "insert into planner.lines (plan, line, relationship_id, owner, kind, minutes, at, latest_day, days_bought,"
        " accepted_at) values ($1, $2, $3, $4, 'meeting', 30, $5, ($6::timestamptz at time zone 'UTC')::date, 9, $7)"
    )
    older, newer = [await story.connection.fetchval(keep, story.at(-2), eva, story.at(12)) for _ in range(2)]
    await story.connection.execute(line, older, 1, people[1], eva, story.at(5), story.at(9), story.at(-1))
    for number, (person, latest) in enumerate(zip(people, (9, 9, 9, -1, 9), strict=True), 1):
        await story.connection.execute(line, newer, number, person, eva, story.at(3), story.at(latest), None)
    await story.plans(4, "ana")
    await story.plans(20, "cem")  # after the time that the plan is for
    await story.plans(6, "eli")
    await story.connection.execute("update planner.lines set accepted_at = $1 where line = 5", story.at(-1))
    await story.connection.execute(line, newer, 6, people[4], eva, story.at(8), story.at(8), None)

    facts = await gathered(story.connection, story.to, eva, story.at(-1), story.at(0))

    # Ben was accepted from the older plan, and it is too late for Dan; what is booked with Eli may be what was accepted.
    told = [(its["names"], its["is_accepted"]) for its in facts["plan"]]
    assert told == [(["Cem"], False), (["Eli"], True), (["Eli"], False)]


MAILED = 8
ESCALATIONS = [{"steps": [{"after_hours": 24, "to": ["mail:lead@us.example"]}]}]


async def mailed(story: Story, people: int = MAILED) -> None:
    """Import the mailbox of somebody who writes a lot, after the roster."""
    for number in range(people):
        await story.person(f"p{number}", owner="eva@us.example", importance=1 + number)
    assert not await story.judged(0)
    for number in range(people):
        for day in range(-40, 0, 2):
            await story.happens(day, f"p{number}", kind="email", direction="outbound")


async def test_an_imported_mailbox_rings_for_the_most_valuable_and_lists_everybody(
    connection: asyncpg.Connection,
) -> None:
    story = await at(connection, datetime(2027, 3, 1, tzinfo=UTC), **TO_OWNER, escalations=ESCALATIONS)
    await mailed(story)

    await story.judged(0.01)

    alerts = await story.alerts()
    assert len(alerts) == len(await story.deliveries("webhook")) == MAILED  # programs miss nothing
    rung = {its["alert_id"] for its in await story.deliveries("mail")}
    assert {its["stakeholder"] for its in alerts if its["id"] in rung} == {"p3", "p4", "p5", "p6", "p7"}
    assert (await story.suppressed()).count(("late", "mail")) == MAILED - 5
    facts = await gathered(connection, story.to, "eva@us.example", story.start, story.at(0.02))
    assert len(facts["alerts"]) == MAILED
    # What nobody was told of climbs to nobody.
    assert len([its for its in await story.tended(2) if its.event == "escalated"]) == 5


@pytest.mark.parametrize("goes_on", [True, False])
async def test_a_calendar_that_comes_after_the_mail_rings_for_the_most_valuable(
    connection: asyncpg.Connection, goes_on: bool
) -> None:
    story = await at(connection, datetime(2027, 3, 1, tzinfo=UTC), **TO_OWNER)
    names = [f"p{number}" for number in range(MAILED)]
    for number, name in enumerate(names):
        await story.person(name, owner="eva@us.example", importance=1 + number)
        for day in range(6):
            await story.happens(-day - 0.2, name, kind="message", direction="mutual")
            await story.happens(-day - 0.1, name, kind="email", direction="inbound")
    await story.person("met")
    assert await story.judged(0) == []
    await story.happens(0.5, "met", duration_minutes=60)
    await story.judged(0.6)
    for name in names if goes_on else ():
        await story.happens(1, name, kind="email", direction="inbound")
    if not goes_on:
        # Whoever hears nothing more is judged anew when the initiative is looked at.
        await story.looked(1)

    await story.judged(1.1)

    alerts = await story.alerts()
    assert (
        [its["reason"] for its in alerts]
        == ["shallow"] * MAILED
        == ["shallow"] * len(await story.deliveries("webhook"))
    )
    assert len(await story.deliveries("mail")) == 5
    assert (await story.suppressed()).count(("late", "mail")) == MAILED - 5


async def test_an_import_in_parts_rings_no_more_than_one_at_once(connection: asyncpg.Connection) -> None:
    story = await at(connection, datetime(2027, 3, 1, tzinfo=UTC), **TO_OWNER)
    await mailed(story)

    while (await judge_due(connection, story.to, story.at(0.01), limit=3)).relationships:
        pass

    assert len(await story.deliveries("mail")) == 5


async def test_what_happens_while_attune_looks_rings_for_everybody(connection: asyncpg.Connection) -> None:
    story = await at(connection, datetime(2027, 3, 1, tzinfo=UTC), **TO_OWNER)
    for number in range(MAILED):
        await story.person(f"p{number}", owner="eva@us.example", cadence_days=7)
    await story.judged(0)
    for number in range(MAILED):
        await story.happens(0.5, f"p{number}", duration_minutes=60)
    await story.judged(0.6)

    await story.judged(8)

    assert len(await story.alerts()) == len(await story.deliveries("mail")) == MAILED
    assert await story.suppressed() == []


async def test_what_a_meeting_held_back_in_vain_rings_for_everybody(connection: asyncpg.Connection) -> None:
    story = await at(connection, datetime(2027, 3, 1, tzinfo=UTC), **TO_OWNER)
    for number in range(MAILED):
        await story.person(f"p{number}", owner="eva@us.example", cadence_days=7)
    await story.judged(0)
    for number in range(MAILED):
        await story.happens(0.5, f"p{number}", duration_minutes=60)
        await story.plans(6, f"p{number}")
    for day in (0.6, 6.7):
        await story.judged(day)
    assert await story.alerts() == []

    await story.judged(7.3)

    assert len(await story.deliveries("mail")) == MAILED
    assert "late" not in {reason for reason, _ in await story.suppressed()}
