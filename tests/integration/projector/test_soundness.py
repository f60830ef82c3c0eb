"""`attune check` sees what no constraint can: each law is broken on purpose and found."""

from datetime import timedelta

import asyncpg
import pytest

from services.projector.soundness import LAWS, unsound
from tests.integration.projector.history import NOW, live, prepare, retraction, touch

ALERT = "00000000-0000-4000-8000-00000000000a"
OPENED = f"""
    insert into alerts.watches (relationship_id, judged_at) values (1, now());
    insert into alerts.alerts (alert_id, relationship_id, status, severity, reason, reasons, drifts_at, summary, opened_at)
    values ('{ALERT}', 1, 'open', 'alert', 'fading', '[]', now(), 'Ana drifts', now());
    insert into alerts.history (alert_id, event, actor, happened_at, cause) values ('{ALERT}', 'opened', 'attune', now(), '[]');
"""


def delivery(number: int, told: str) -> str:
    return f"""
        insert into alerts.deliveries (delivery_id, alert_id, event, channel, destination, payload, created_at, {told.split("=", maxsplit=1)[0]})
        values ('00000000-0000-4000-8000-00000000000{number}', '{ALERT}', 'opened', 'hook', 'here', '', now(), {told.split("=", maxsplit=1)[1]});
    """


BROKEN = {
    "suppressed": "insert into roster.suppressed select handle, now(), 'forgotten' from roster.addresses limit 1",
    "retracted": "update projector.log set retracted_at = null",
    "forms": "update projector.log set form = 999 where event_id = 'event-1'",
    "alert_lives": f"""
        alter table alerts.history disable trigger history_is_kept;
        delete from alerts.history where alert_id = '{ALERT}'
    """,
    "alert_states": "delete from alerts.watches",
    "delivery_order": delivery(1, "delivered_at=now()") + delivery(2, "delivered_at=now() - interval '1 hour'"),
    "unjudged": "update projector.states set wake_at = now() - interval '11 minutes'",
    "overdue": delivery(1, "next_attempt_at=now() - interval '11 minutes'"),
    "dead_letters": delivery(1, "gave_up_at=now()"),
}


@pytest.fixture
async def sound(connection: asyncpg.Connection) -> asyncpg.Connection:
    """A house with a life: touches, one taken back, an alert and its message."""
    await prepare(connection, ["ana", "bo"])
    await live(connection, [touch(i, days_ago=i) for i in range(5)], [retraction(2), touch(9, "bo")])
    await connection.execute("update projector.states set wake_at = $1", NOW + timedelta(days=30))
    await connection.execute(OPENED)
    return connection


async def test_a_house_in_order_is_found_in_order(sound: asyncpg.Connection) -> None:
    assert await unsound(sound) == []


def test_every_law_is_broken_here() -> None:
    assert {law.name for law in LAWS} == BROKEN.keys()


@pytest.mark.parametrize("law", BROKEN)
async def test_what_breaks_a_law_is_found_with_how_to_mend_it(sound: asyncpg.Connection, law: str) -> None:
    await sound.execute(BROKEN[law])

    (found,) = await unsound(sound)

    assert found["law"] == law
    assert found["where"]
    assert found["mend"]
