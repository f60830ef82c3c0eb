from typing import Any

from nats.aio.client import Client
from prometheus_client import REGISTRY

from services.alerts import store
from services.alerts.channels.nats import Nats
from services.alerts.notify import notify
from services.alerts.watch import judge_due
from shared.plumbing import clock
from tests.integration.alerts.story import AUDIENCE, Story


async def test_open_alerts_how_far_judging_is_behind_and_how_long_telling_takes_can_be_watched(
    story: Story, pool: Any, client: Client
) -> None:
    await story.person()
    await story.happens(-20)
    await story.happens(0, kind="setback", severity=1.0)
    waiting = await store.standing(story.connection, story.at(1))
    await judge_due(story.connection, AUDIENCE, clock.now())
    judged = await store.standing(story.connection, clock.now())
    await notify(pool, Nats(client.jetstream(), "nats"), clock.now)

    assert waiting[0] == {}
    assert 86_000 < waiting[1] < 87_000
    assert judged == ({"shaken": 1}, 0.0)
    assert (REGISTRY.get_sample_value("attune_alerts_latency_seconds_count", {"channel": "nats"}) or 0) >= 1
