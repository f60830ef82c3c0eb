import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import standardwebhooks
from nats.aio.client import Client
from pydantic import SecretStr

from services.alerts.audience import audience
from services.alerts.channels.opened import opened
from services.alerts.channels.webhook import Webhook
from services.alerts.delivery import Delivery, Outcome
from services.alerts.notify import notify
from shared.plumbing import failpoint
from shared.plumbing.clock import now
from shared.plumbing.settings import Settings
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import SECRET
from tests.integration.alerts.story import Story


@pytest.fixture(autouse=True)
def full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses be as long as they can be."""
    monkeypatch.setattr(random, "random", lambda: 1.0)


@pytest.fixture
async def alerted(story: Story) -> Story:
    """Ana is overdue since yesterday."""
    await story.person(cadence_days=7, owner="eva")
    await story.becomes_warm(day=-8)
    await story.judged(0)
    return story


async def delivery(story: Story) -> dict[str, Any]:
    row = await story.connection.fetchrow("select * from attune.deliveries where channel = 'webhook'")
    return dict(row)


async def attempt(pool: Any, webhook: Webhook, later: timedelta = timedelta(0), most: int = 50) -> int:
    return await notify(pool, webhook, lambda: now() + timedelta(seconds=60) + later, most)


def stumbling_once(webhook: Webhook) -> Callable[[Delivery, datetime], Awaitable[Outcome]]:
    """Return its send, which raises the first time what looking up a malformed host raises."""
    send, errors = webhook.send, [UnicodeError("label empty or too long")]

    async def stumble(delivery: Delivery, at: datetime) -> Outcome:
        if errors:
            raise errors.pop()
        return await send(delivery, at)

    return stumble


async def test_a_webhook_is_signed_so_that_the_public_library_verifies_it(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    assert await attempt(pool, webhook) == 1

    [request] = collector.requests
    message = standardwebhooks.Webhook(SECRET).verify(request.body, request.headers)
    row = await delivery(alerted)
    assert {name.lower(): value for name, value in request.headers.items()}["webhook-id"] == str(row["id"])
    assert message["type"] == "attune.alert.opened.v1"
    assert (row["status"], row["attempts"], row["last_error"]) == ("delivered", 1, None)


async def test_a_careful_receiver_takes_what_the_public_library_signs_and_what_attune_signs(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    collector.secret = SECRET
    moment, body = now(), '{"type": "attune.alert.test.v1"}'
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp()))}
    signature = standardwebhooks.Webhook(SECRET).sign("msg_1", moment, body)

    async with httpx.AsyncClient(headers=headers | {"webhook-signature": signature}) as client:
        signed = await client.post(collector.url, content=body)
        forged = await client.post(collector.url, content=body + " ")
    await attempt(pool, webhook)

    assert (signed.status_code, forged.status_code) == (204, 401)
    assert (await delivery(alerted))["status"] == "delivered"


async def test_what_a_channel_stumbles_over_fails_that_delivery_alone(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alerted.person("bo", cadence_days=7)
    await alerted.becomes_warm("bo", day=-8)
    await alerted.judged(0)
    monkeypatch.setattr(webhook, "send", stumbling_once(webhook))

    assert await attempt(pool, webhook) == 2

    rows = await alerted.connection.fetch(
        "select status, last_error from attune.deliveries where channel = 'webhook' order by status"
    )
    assert [row["status"] for row in rows] == ["delivered", "pending"]
    assert "UnicodeError('label empty or too long')" in rows[1]["last_error"]
    assert len(collector.requests) == 1


async def test_a_webhook_says_who_why_since_when_and_where_to_look(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    await attempt(pool, webhook)

    [alert] = await alerted.alerts()
    data = orjson.loads(collector.requests[0].body)["data"]
    assert data["id"] == str(alert["id"])
    assert (data["initiative"], data["stakeholder"], data["name"], data["owner"]) == ("change", "ana", "Ana", "eva")
    assert data["reason"] == "overdue"
    assert data["reasons"][0]["cadence_days"] == 7
    assert data["band"] == "aligned"
    assert data["score"] == alert["score"]
    assert datetime.fromisoformat(data["drifts_at"]) == alert["drifts_at"] == alerted.at(-1)
    assert datetime.fromisoformat(data["last_touch_at"]) == alerted.at(-8)
    assert data["summary"] == "Ana (change) is overdue: last touch 8 days ago, agreed is every 7 days."
    assert data["link"] == f"http://console.example/alerts/{alert['id']}"


@pytest.mark.usefixtures("alerted")
async def test_what_is_delivered_is_not_sent_again(pool: Any, webhook: Webhook, collector: Collector) -> None:
    await attempt(pool, webhook)

    assert await attempt(pool, webhook, timedelta(days=1)) == 0
    assert len(collector.requests) == 1


async def test_a_failure_is_noted_and_tried_again_under_the_same_id(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    collector.answers += [(500, {})]
    await attempt(pool, webhook)
    noted = await delivery(alerted)

    too_early = await attempt(pool, webhook, timedelta(seconds=1))
    await attempt(pool, webhook, timedelta(seconds=4))

    assert (noted["status"], noted["last_error"]) == ("pending", "answered 500 Internal Server Error")
    assert too_early == 0
    first, second = collector.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (await delivery(alerted))["status"] == "delivered"
    assert (await delivery(alerted))["attempts"] == 2


async def test_what_became_of_every_attempt_is_in_the_log(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.answers += [(500, {})]
    caplog.set_level("INFO", "alerts")
    await attempt(pool, webhook)
    await attempt(pool, webhook, timedelta(seconds=4))

    name = (await delivery(alerted))["id"]
    assert [record.getMessage() for record in caplog.records if record.name == "alerts"] == [
        f"webhook {name}, attempt 1: retried: answered 500 Internal Server Error",
        f"webhook {name}, attempt 2: delivered",
    ]


@pytest.mark.usefixtures("alerted")
async def test_the_receiver_says_how_long_to_wait(pool: Any, webhook: Webhook, collector: Collector) -> None:
    collector.answers += [(503, {"retry-after": "120"})]
    await attempt(pool, webhook)

    assert await attempt(pool, webhook, timedelta(seconds=110)) == 0
    assert await attempt(pool, webhook, timedelta(seconds=125)) == 1


async def test_who_answers_410_is_left_alone(alerted: Story, pool: Any, webhook: Webhook, collector: Collector) -> None:
    collector.answers += [(410, {})]
    await alerted.happens(0, duration_minutes=60)
    await alerted.judged(0)

    await attempt(pool, webhook)

    rows = await alerted.connection.fetch(
        "select event, status, last_error from attune.deliveries where channel = 'webhook' order by event"
    )
    assert [tuple(row) for row in rows] == [
        ("opened", "dead", "answered 410 Gone"),
        ("resolved", "dead", "answered 410 Gone"),
    ]
    assert await attempt(pool, webhook, timedelta(days=2)) == 0


async def test_a_redirect_is_not_followed(alerted: Story, pool: Any, webhook: Webhook, collector: Collector) -> None:
    collector.answers += [(307, {"location": collector.url})]

    await attempt(pool, webhook)

    assert len(collector.requests) == 1
    assert (await delivery(alerted))["last_error"] == "answered 307 Temporary Redirect"


async def test_a_receiver_that_is_down_for_days_becomes_a_dead_letter(alerted: Story, pool: Any) -> None:
    nobody = Webhook("http://127.0.0.1:9/hook", [SECRET], allow_private=True)

    await attempt(pool, nobody)
    after_two_days = await delivery(alerted)
    await attempt(pool, nobody, timedelta(days=3))

    assert after_two_days["status"] == "pending"
    assert after_two_days["last_error"].startswith("no answer: ConnectError")
    assert (await delivery(alerted))["status"] == "dead"
    await nobody.close()


async def test_events_of_one_alert_arrive_in_order(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    collector.answers += [(500, {})]
    await alerted.happens(0, duration_minutes=60)
    await alerted.judged(0)

    for seconds in (0, 4, 8):
        await attempt(pool, webhook, timedelta(seconds=seconds))

    types = [orjson.loads(request.body)["type"] for request in collector.requests]
    assert types == ["attune.alert.opened.v1", "attune.alert.opened.v1", "attune.alert.resolved.v1"]


async def test_a_sender_that_crashed_is_followed_by_another_when_its_lease_ends(
    alerted: Story, pool: Any, webhook: Webhook, collector: Collector
) -> None:
    class Dying(Webhook):
        async def send(self, *_: object) -> Any:
            raise Crash

    dying = Dying(collector.url, [SECRET], allow_private=True)
    with pytest.raises(Crash):
        await attempt(pool, dying)

    during_the_lease = await attempt(pool, webhook)
    afterwards = await attempt(pool, webhook, timedelta(seconds=31))

    assert (during_the_lease, afterwards) == (0, 1)
    assert len(collector.requests) == 1
    assert (await delivery(alerted))["status"] == "delivered"
    await dying.close()


class Crash(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize(
    ("step", "heard"),
    [("alerts.before_commit", 1), ("alerts.after_commit", 1), ("alerts.after_lease", 1), ("alerts.after_send", 2)],
)
async def test_whoever_crashes_between_the_verdict_and_the_receiver_is_followed_by_another(
    story: Story,
    pool: Any,
    webhook: Webhook,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    heard: int,
) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-8)

    def crash(reached: str) -> None:
        if reached == step:
            raise Crash

    async def live(later: timedelta) -> None:
        await story.judged(0)
        await attempt(pool, webhook, later)

    with monkeypatch.context() as dying:
        dying.setattr(failpoint, "reach", crash)
        with pytest.raises(Crash):
            await live(timedelta(0))
    await live(timedelta(seconds=31))

    assert len(collector.requests) == heard
    assert {request.headers["webhook-id"] for request in collector.requests} == {str((await delivery(story))["id"])}
    assert (await delivery(story))["status"] == "delivered"
    assert await story.connection.fetchval("select array_agg(event) from attune.alert_history") == ["opened"]


async def test_two_senders_share_the_work(story: Story, pool: Any, webhook: Webhook, collector: Collector) -> None:
    for number in range(30):
        await story.person(f"person{number}", cadence_days=7)
        await story.becomes_warm(f"person{number}", day=-8)
    await story.judged(0)

    shares = await asyncio.gather(*(attempt(pool, webhook, most=10) for _ in range(3)))

    ids = [request.headers["webhook-id"] for request in collector.requests]
    assert shares == [10, 10, 10]
    assert len(ids) == len(set(ids)) == 30


async def test_a_private_address_is_refused_unless_it_is_allowed(
    alerted: Story, pool: Any, collector: Collector
) -> None:
    careful = Webhook(collector.url, [SECRET], allow_private=False)

    await attempt(pool, careful)

    assert not collector.requests
    assert "not a public address" in (await delivery(alerted))["last_error"]
    await careful.close()


@pytest.mark.parametrize("is_allowed", [False, True])
async def test_no_channel_calls_our_own_network_unless_its_setting_says_so(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_allowed: bool
) -> None:
    channels = (
        'kind = "webhook"\nname = "ops"\nsecrets = ["{}"]',
        'kind = "pagerduty"\nname = "pager"\nrouting_key = "R"',
    )
    at = f'url = "{collector.url}"\n' + ("allow_private = true\n" if is_allowed else "")
    written = tmp_path / "alerts.toml"
    written.write_text("".join(f"[[channels]]\n{its.format(SECRET)}\n{at}" for its in channels))
    if is_allowed:
        monkeypatch.setenv("ATTUNE_WEBHOOK_ALLOW_PRIVATE", "true")
    chosen = Settings(alerts_file=written, webhook_url=collector.url, webhook_secret=SecretStr(SECRET))
    message = Delivery(UUID(int=1), "any", "any", "{}", now(), 1)

    sent = dict[str, Outcome]()
    for channel in opened(audience(chosen).policy, Client().jetstream()):
        if channel.name != "nats":
            sent[channel.name] = await channel.send(message, now())
        await channel.close()

    assert len(collector.requests) == (3 if is_allowed else 0)
    assert {name: outcome.error is None for name, outcome in sent.items()} == dict.fromkeys(
        ("ops", "pager", "webhook"), is_allowed
    )
    if not is_allowed:
        assert "set ATTUNE_WEBHOOK_ALLOW_PRIVATE=true" in str(sent["webhook"].error)
        assert "set [[channels]] ops: allow_private=true" in str(sent["ops"].error)
