from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson
from nats.aio.client import Client

from services.alerts.channels.nats import Nats
from services.alerts.notify import notify
from shared.plumbing.clock import now
from shared.plumbing.jetstream import ALERTS
from tests.integration.alerts.story import Story


def shortly() -> datetime:
    return now() + timedelta(seconds=60)


async def test_an_alert_reaches_a_subscriber_on_its_initiative_and_reason(
    story: Story, pool: Any, client: Client
) -> None:
    subscriber = await client.subscribe("alerts.Öst%20Star%202%2E0.*")
    await client.flush()
    await story.person(initiative="Öst Star 2.0", cadence_days=7)
    await story.becomes_warm(day=-8)
    await story.judged(0)

    assert await notify(pool, Nats(client.jetstream()), shortly) == 1

    message = await subscriber.next_msg(timeout=5)
    row = await story.connection.fetchrow("select * from attune.deliveries where channel = 'nats'")
    assert message.subject == "alerts.Öst%20Star%202%2E0.overdue" == row["destination"]
    assert message.headers == {"Nats-Msg-Id": str(row["id"])}
    assert orjson.loads(message.data)["data"]["initiative"] == "Öst Star 2.0"
    assert row["status"] == "delivered"


async def test_what_is_sent_again_after_a_crash_is_stored_once(story: Story, pool: Any, client: Client) -> None:
    await story.person(initiative="crashing", cadence_days=7)
    await story.becomes_warm(day=-8)
    await story.judged(0)
    await notify(pool, Nats(client.jetstream()), shortly)

    # The message is stored, and the note about it is lost.
    await story.connection.execute("update alerts.deliveries set delivered_at = null, next_attempt_at = now()")
    await notify(pool, Nats(client.jetstream()), shortly)

    stored = await client.jetstream().stream_info(ALERTS, subjects_filter="alerts.crashing.>")
    assert stored.state.subjects == {"alerts.crashing.overdue": 1}


async def test_an_alert_whose_sender_never_ran_is_sent_by_the_next(story: Story, pool: Any, client: Client) -> None:
    await story.person(initiative="unsent", cadence_days=7)
    await story.becomes_warm(day=-8)
    await story.judged(0)

    assert await notify(pool, Nats(client.jetstream()), shortly) == 1


async def test_without_nats_the_alert_waits_in_the_outbox(
    story: Story, pool: Any, client: Client, connection: asyncpg.Connection
) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-8)
    await story.judged(0)
    await client.close()

    await notify(pool, Nats(client.jetstream()), shortly)

    row = await connection.fetchrow("select * from attune.deliveries where channel = 'nats'")
    assert row["status"] == "pending"
    assert "NATS did not store it" in row["last_error"]
