"""Channels against real servers: a mail server, an HTTP collector, and what apprise speaks to."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import standardwebhooks
from aiosmtpd.controller import Controller

from services.alerts.channels.apprise import Apprise
from services.alerts.channels.mail import Mail
from services.alerts.channels.pagerduty import PagerDuty
from services.alerts.channels.webhook import Webhook
from services.alerts.delivery import Bounds, Delivery, Outcome, after
from services.alerts.notify import notify
from services.alerts.outbox import begin
from services.alerts.policy import MailChannel, read_policy
from shared.errors import Refused
from shared.plumbing.embedded import ports
from tests.house import until
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import SECRET
from tests.integration.alerts.story import Story, audience

APPRISE_IMPORTS = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105 -- opens nothing


class Mailbox:
    """What the mail server took, and how it answers."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd names it
        del server, session
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp_port(mailbox: Mailbox) -> Iterator[int]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=ports.free())
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture(autouse=True)
def full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", lambda: 1.0)


def mail_channel(port: int) -> dict[str, Any]:
    return {
        "kind": "mail",
        "name": "mail",
        "host": "127.0.0.1",
        "port": port,
        "sender": "attune@us.example",
        "security": "none",
    }


async def overdue(story: Story, routes: list[dict[str, Any]] | None = None, **channel: Any) -> None:
    to = [f"{channel['name']}:owner" if channel["kind"] == "mail" else channel["name"]] if channel else ["webhook"]
    story.to = audience(channels=[channel] if channel else [], routes=routes or [{"to": to}])
    await story.person(cadence_days=8, owner="eva@us.example")
    await story.becomes_warm(day=-8)
    await story.judged(0)


async def sent(story: Story, pool: Any, channel: Any, day: float = 0.01) -> int:
    return await notify(pool, channel, lambda: story.at(day))


def parts(mail: Message) -> tuple[str, str]:
    assert isinstance(mail, EmailMessage)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    return text.get_content(), html.get_content()


async def test_a_mail_says_what_why_what_next_what_would_help_and_how_to_mute(
    story: Story, pool: Any, smtp_port: int, mailbox: Mailbox
) -> None:
    await overdue(story, **mail_channel(smtp_port))

    assert await sent(story, pool, Mail(MailChannel.model_validate(mail_channel(smtp_port)))) == 1

    [mail] = mailbox.mails
    [delivery] = await story.deliveries("mail")
    text, html = parts(mail)
    assert mail["To"] == "eva@us.example"
    assert mail["Message-ID"] == f"<{delivery['id']}@attune>"
    assert mail["Subject"].startswith("Alert: Ana (change) is overdue: last touch 8 days ago")
    for said in (text, html):
        assert "agreed is every 8 days" in said
        assert "meeting, mutual" in said
        assert "without a touch the score falls under the line on" in said
        assert "a 30-minute meeting this week ends the drift until" in said
        assert "/alerts/" in said
        assert f"Why, as of {story.start + timedelta(seconds=60):%Y-%m-%d %H:%M} UTC" in said
        assert "attune alerts mute --stakeholder" in said
    assert "<li>" in html


async def test_what_a_source_wrote_is_text_in_a_mail_and_never_markup(
    story: Story, pool: Any, smtp_port: int, mailbox: Mailbox
) -> None:
    await story.person("<b>ana</b>", cadence_days=8, owner="eva@us.example")
    story.to = audience(channels=[mail_channel(smtp_port)], routes=[{"to": ["mail:owner"]}])
    await story.connection.execute("update roster.people set name = $1", "<script>x</script>{{ 7 * 7 }}")
    await story.connection.execute("update roster.addresses set address = 'a@b.example'")
    await story.judged(31)

    await sent(story, pool, Mail(MailChannel.model_validate(mail_channel(smtp_port))), 31.1)

    text, html = parts(mailbox.mails[0])
    assert "<script>" not in html
    assert "{{ 7 * 7 }}" in text


async def test_a_mail_server_that_refuses_for_now_is_tried_again(
    story: Story, pool: Any, smtp_port: int, mailbox: Mailbox
) -> None:
    mailbox.answers.append("451 try later")
    await overdue(story, **mail_channel(smtp_port))
    channel = Mail(MailChannel.model_validate(mail_channel(smtp_port)))

    await sent(story, pool, channel)
    [noted] = await story.deliveries("mail")
    await sent(story, pool, channel, 0.1)

    assert (noted["status"], noted["attempts"]) == ("pending", 1)
    assert "451" in noted["last_error"]
    assert len(mailbox.mails) == 1


async def test_what_opens_a_page_also_resolves_it(story: Story, pool: Any, collector: Collector) -> None:
    channel: dict[str, Any] = {
        "kind": "pagerduty",
        "name": "pager",
        "routing_key": "R0UT1NG",
        "url": collector.url,
        "allow_private": True,
    }
    await overdue(story, **channel)
    await story.act(0.1, "acknowledge")
    await story.tended(0.1)
    await story.happens(0.2, duration_minutes=60)
    await story.judged(0.2)
    pager = PagerDuty("pager", collector.url, "R0UT1NG", allow_private=True)

    for moment in (0.3, 0.4, 0.5):
        await sent(story, pool, pager, moment)
    await pager.close()

    events = [orjson.loads(request.body) for request in collector.requests]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {str((await story.alerts())[0]["id"])}
    assert {event["routing_key"] for event in events} == {"R0UT1NG"}
    payload = events[0]["payload"]
    assert (payload["severity"], payload["source"], payload["class"]) == ("error", "change", "overdue")
    assert "R0UT1NG" not in await story.connection.fetchval("select string_agg(payload, '') from alerts.deliveries")


async def test_an_incident_ends_with_the_roster_entry_it_was_about_and_names_nobody(
    story: Story, pool: Any, collector: Collector, webhook: Webhook
) -> None:
    at = {"kind": "pagerduty", "name": "pager", "routing_key": "R", "url": collector.url, "allow_private": True}
    await overdue(story, routes=[{"to": ["pager", "webhook"]}], **at)
    pager = PagerDuty("pager", collector.url, "R0UT1NG", allow_private=True)
    [alert] = await story.alerts()
    await sent(story, pool, pager, 0.2)
    await sent(story, pool, webhook, 0.2)

    await story.connection.execute("delete from roster.people")
    for channel in (pager, webhook):
        await sent(story, pool, channel, 1)
        await channel.close()

    opened_page, opened_hook, page, hook = (orjson.loads(request.body) for request in collector.requests)
    assert page == {"routing_key": "R0UT1NG", "event_action": "resolve", "dedup_key": opened_page["dedup_key"]}
    assert (hook["type"], hook["data"]["status"]) == ("attune.alert.resolved.v1", "resolved")
    assert hook["data"]["id"] == page["dedup_key"] == str(alert["id"])
    assert hook["data"].keys() == opened_hook["data"].keys()
    assert not [word for word in ("ana", "Ana") if word in collector.requests[-1].body]
    assert not await story.alerts()


async def test_what_had_ended_or_was_never_told_ends_no_second_time(
    story: Story, pool: Any, collector: Collector, webhook: Webhook
) -> None:
    await overdue(story)
    await sent(story, pool, webhook, 0.2)
    await story.happens(0.3, duration_minutes=60)
    await story.judged(0.3)
    await sent(story, pool, webhook, 0.4)
    await story.judged(20)

    await story.connection.execute("delete from roster.people")

    assert not await story.connection.fetch("select from alerts.deliveries")
    assert len(collector.requests) == 2


async def test_an_end_waits_for_what_is_on_its_way(story: Story) -> None:
    await overdue(story)
    await begin(story.connection, "webhook", Bounds(), story.at(0.1), 10)

    await story.connection.execute("delete from roster.people")

    [end] = await story.connection.fetch("select next_attempt_at - created_at as wait from alerts.deliveries")
    assert end["wait"] == timedelta(seconds=30)


@APPRISE_IMPORTS
async def test_whatever_apprise_speaks_to_is_told(story: Story, pool: Any, collector: Collector) -> None:
    url = collector.url.replace("http://", "json://")
    await overdue(story, kind="apprise", name="chat", url=url)

    await sent(story, pool, Apprise("chat", url))

    [request] = collector.requests
    said = orjson.loads(request.body)
    assert said["title"].startswith("Alert: Ana (change) is overdue")
    assert "/alerts/" in said["message"]


@APPRISE_IMPORTS
async def test_an_address_apprise_does_not_know_is_refused_at_once() -> None:
    with pytest.raises(Refused, match="chat: url is none"):
        Apprise("chat", "pigeon://x")


async def test_while_a_secret_is_exchanged_the_old_and_the_new_one_verify(
    story: Story, pool: Any, collector: Collector
) -> None:
    await overdue(story)
    both = Webhook(collector.url, [SECRET, OLD_SECRET], allow_private=True)

    await sent(story, pool, both)
    await both.close()

    [request] = collector.requests
    name = {key.lower(): value for key, value in request.headers.items()}["webhook-id"]
    for secret in (SECRET, OLD_SECRET):
        signature = standardwebhooks.Webhook(secret).sign(name, story.at(0.01), request.body)
        assert signature in request.headers["webhook-signature"].split()
    stranger = standardwebhooks.Webhook("whsec_" + "A" * 32).sign(name, story.at(0.01), request.body)
    assert stranger not in request.headers["webhook-signature"]


async def test_a_collector_that_is_down_for_two_days_gets_everything_in_order(
    story: Story, pool: Any, collector: Collector
) -> None:
    await overdue(story)
    away = Webhook("http://127.0.0.1:9/hook", [SECRET], allow_private=True)
    await sent(story, pool, away)
    await story.happens(1, duration_minutes=60)
    await story.judged(1)
    for hour in range(1, 48, 6):
        await sent(story, pool, away, hour / 24)
    back = Webhook(collector.url, [SECRET], allow_private=True)

    for hour in (50, 52):
        await sent(story, pool, back, hour / 24)

    types = [orjson.loads(request.body)["type"] for request in collector.requests]
    assert types == ["attune.alert.opened.v1", "attune.alert.resolved.v1"]
    assert {its["status"] for its in await story.deliveries("webhook")} == {"delivered"}
    await away.close()
    await back.close()


async def test_who_answered_410_gets_nothing_more_and_it_is_visible(
    story: Story, pool: Any, collector: Collector, webhook: Webhook
) -> None:
    collector.answers += [(410, {})]
    await overdue(story)
    await sent(story, pool, webhook)
    await story.person("ben", cadence_days=8)
    await story.becomes_warm("ben", day=-8)

    await story.judged(0.1)

    assert [its["status"] for its in await story.deliveries("webhook")] == ["dead"]
    assert ("disabled", "webhook") in await story.suppressed()
    [row] = await story.connection.fetch("select channel, error from attune.disabled")
    assert tuple(row) == ("webhook", "answered 410 Gone")


@pytest.mark.parametrize("secrets", [["no!"], [SECRET, "whsec_!"]])
def test_a_secret_that_cannot_sign_is_refused_when_the_service_starts(tmp_path: Path, secrets: list[str]) -> None:
    path = tmp_path / "alerts.toml"
    hook = f'{{ kind = "webhook", name = "hook", url = "http://h.example", secrets = {secrets} }}'
    path.write_text(f"channels = [{hook}]")

    with pytest.raises(
        Refused, match=r"channels\.0\.webhook\.secrets: secret \d .* — must be whsec_ and base64"
    ) as refused:
        read_policy(path)

    assert not any(secret in str(refused.value) for secret in secrets)


async def test_no_mail_server_is_a_failure_that_is_noted(story: Story) -> None:
    channel = Mail(MailChannel.model_validate(mail_channel(9)))
    payload = orjson.dumps({"subject": "s", "text": "t", "html": "h"}).decode()
    delivery = Delivery(UUID(int=1), "mail", "eva@us.example", payload, story.start, 1)

    outcome = await channel.send(delivery, story.start + timedelta(seconds=1))

    assert outcome.error
    assert "mail server" in outcome.error


class Counting:
    """A channel of one replica: counts what all of them have on their way."""

    name = "many"
    together = most = 0

    def __init__(self) -> None:
        self.sent = 0

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        del delivery, now
        self.sent += 1
        Counting.together += 1
        Counting.most = max(Counting.most, Counting.together)
        await asyncio.sleep(0.02)
        Counting.together -= 1
        return Outcome()

    async def close(self) -> None:
        """Keep nothing."""


@pytest.fixture
async def other_pool(database: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(database, min_size=1, max_size=4) as pool:
        yield pool


async def waiting(story: Story, messages: int) -> None:
    Counting.together = Counting.most = 0
    await story.connection.execute(
        "insert into alerts.deliveries (delivery_id, event, channel, destination, payload, created_at, next_attempt_at)"
        " select gen_random_uuid(), 'test', 'many', 'm.example', '{}', $1, $1 from generate_series(1, $2)",
        story.start,
        messages,
    )


async def test_a_channel_takes_as_many_side_by_side_as_it_says(story: Story, pool: Any) -> None:
    await waiting(story, 130)

    assert await notify(pool, Counting(), lambda: story.at(0.01), 120) == 120
    assert Counting.most == 120


class Hanging(Counting):
    """A channel that never comes to an end with one message."""

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        if self.sent:
            return await super().send(delivery, now)
        self.sent += 1
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_channel_that_hangs_fails_that_attempt_and_goes_on(
    story: Story, pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.alerts.notify.SENT_WITHIN", 0.3)
    await waiting(story, 3)

    async with asyncio.timeout(20):
        assert await notify(pool, Hanging(), lambda: story.at(0.01)) == 3

    told = await story.connection.fetch("select status, last_error from attune.deliveries order by status")
    assert [tuple(row) for row in told] == [
        ("delivered", None),
        ("delivered", None),
        ("pending", "did not end within 0.3 seconds"),
    ]


async def test_all_replicas_together_keep_to_the_concurrency_of_a_channel(
    story: Story, pool: Any, other_pool: Any
) -> None:
    await waiting(story, 40)
    bounds, replicas = Bounds.of(3, None), (Counting(), Counting())

    async def work(its: Any, replica: Counting) -> None:
        while sum(each.sent for each in replicas) < 40:
            await notify(its, replica, lambda: story.at(0.01), 2, bounds)
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await asyncio.gather(work(pool, replicas[0]), work(other_pool, replicas[1]))

    assert Counting.most == 3
    assert all(replica.sent for replica in replicas)
    assert sum(replica.sent for replica in replicas) == 40


async def test_all_replicas_together_keep_to_the_rate_of_a_channel(story: Story, pool: Any, other_pool: Any) -> None:
    await waiting(story, 200)
    bounds, replicas = Bounds.of(None, 10), (Counting(), Counting())

    def now() -> datetime:
        return story.start + timedelta(seconds=tenth / 10)

    tenth = 0
    while tenth <= 30:
        both = zip((pool, other_pool), replicas, strict=True)
        await asyncio.gather(*(notify(its, replica, now, 6, bounds) for its, replica in both))
        tenth += 1

    begun = [
        row[0]
        for row in await story.connection.fetch(
            "select first_attempt_at from alerts.deliveries where attempts > 0 order by 1"
        )
    ]
    assert len(begun) == 40  # at once, and after each of the three seconds
    assert all(begun[number + 10] - begun[number] >= timedelta(seconds=1) for number in range(30))
    assert all(replica.sent for replica in replicas)


async def test_what_a_pager_calls_a_bad_event_is_a_dead_letter_and_what_it_may_take_later_is_not(
    collector: Collector,
) -> None:
    pager = PagerDuty("pager", collector.url, "R0UT1NG", allow_private=True)
    collector.answers = [(400, {}), (403, {}), (404, {}), (429, {"retry-after": "60"})]

    now = datetime(2026, 11, 23, tzinfo=UTC)
    delivery = Delivery(UUID(int=1), "pager", "events", "{}", now, 1)
    steps = [after(delivery, await pager.send(delivery, now), now, 1.0) for _ in range(4)]
    await pager.close()

    assert [step.gave_up_at is not None for step in steps] == [True, False, False, False]
    assert steps[0].last_error == "answered 400 Bad Request"


async def test_whoever_was_killed_takes_no_room(story: Story, pool: Any, database: str) -> None:
    await waiting(story, 10)
    bounds = Bounds.of(4, None)
    killed = await asyncpg.connect(database)
    assert len((await begin(killed, "many", bounds, story.start, 4)).deliveries) == 4
    assert await notify(pool, Counting(), lambda: story.at(0), 4, bounds) == 0

    killed.terminate()

    async def goes_on() -> bool:
        return await notify(pool, Counting(), lambda: story.at(0), 4, bounds) == 4

    await until(goes_on)
    told = await story.connection.fetchval("select count(*) from alerts.deliveries where delivered_at is not null")
    assert told == 4  # what was leased is sent again when its lease ends


async def test_what_nobody_reports_back_on_takes_room_until_its_lease_ends_while_its_connection_lives(
    story: Story, pool: Any
) -> None:
    await waiting(story, 10)
    bounds = Bounds.of(4, None)
    async with pool.acquire() as connection:
        lost = await begin(connection, "many", bounds, story.start, 4)

    assert len(lost.deliveries) == 4
    assert await notify(pool, Counting(), lambda: story.start + timedelta(seconds=20), 4, bounds) == 0
    assert await notify(pool, Counting(), lambda: story.start + timedelta(seconds=30), 4, bounds) == 4
