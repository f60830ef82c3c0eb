"""How a source's rhythm is known, and when its silence is too long."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest
from nats.aio.msg import Msg

from services.projector import register
from services.projector.batch import gather
from services.projector.heard import Heard
from shared.errors import Unavailable
from shared.events.refusal import Refusal
from shared.plumbing import postgres
from shared.plumbing.rejections import rejection
from tests.integration.projector.history import envelope, retraction, touch

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def heard(database: str) -> AsyncIterator[Heard]:
    async with await postgres.pool(database, "test") as pool:
        yield Heard(pool)


async def hear(heard: Heard, moments: Iterable[datetime], events: int = 1) -> None:
    for at in moments:
        heard.note(gather([envelope([touch(number) for number in range(events)])]), at)
    await heard.write()


async def health(connection: asyncpg.Connection, moment: datetime) -> dict[str, Any]:
    row = await connection.fetchrow("select * from projector.source_health($1) where source = 'acme'", moment)
    assert row is not None
    return dict(row)


async def stale(connection: asyncpg.Connection, moment: datetime) -> list[str]:
    rows = await connection.fetch("select source from projector.stale_sources($1)", moment)
    return [row["source"] for row in rows]


def office_hours(weeks: int) -> list[datetime]:
    """Return every full hour from nine to five, Monday to Friday."""
    days = [MONDAY + timedelta(days=day) for day in range(7 * weeks) if day % 7 < 5]
    return [day + hour * HOUR for day in days for hour in range(9, 18)]


async def test_a_source_tells_when_it_was_heard_and_how_much_it_brings(
    heard: Heard, connection: asyncpg.Connection
) -> None:
    await hear(heard, [MONDAY + n * HOUR for n in range(70)], events=3)

    found = await health(connection, MONDAY + 70 * HOUR)

    assert found["first_event_at"] == MONDAY
    assert found["last_event_at"] == MONDAY + 69 * HOUR
    assert found["events"] == 210
    assert found["events_per_day"] == 30
    assert found["usual_gap"] == HOUR


async def test_silence_far_longer_than_usual_is_stale_from_a_moment_on(
    heard: Heard, connection: asyncpg.Connection
) -> None:
    await hear(heard, [MONDAY + n * HOUR for n in range(48)])
    last = MONDAY + 47 * HOUR

    assert await stale(connection, last + 2 * HOUR) == []
    assert await stale(connection, last + 3 * HOUR) == ["acme"]
    assert (await health(connection, last + 9 * HOUR))["stale_since"] == last + 2 * HOUR


async def test_nights_and_weekends_are_no_silence_of_a_source_that_keeps_office_hours(
    heard: Heard, connection: asyncpg.Connection
) -> None:
    moments = office_hours(weeks=4)
    await hear(heard, moments)

    assert await stale(connection, moments[-1] + timedelta(hours=62)) == []
    assert await stale(connection, moments[-1] + timedelta(hours=90)) == ["acme"]


async def test_one_outage_teaches_no_patience(heard: Heard, connection: asyncpg.Connection) -> None:
    after = [MONDAY + timedelta(days=20) + n * HOUR for n in range(48)]
    await hear(heard, [*(MONDAY + n * HOUR for n in range(48)), *after])

    assert await stale(connection, after[-1] + 6 * HOUR) == ["acme"]


async def test_what_came_in_one_evening_has_no_rhythm(heard: Heard, connection: asyncpg.Connection) -> None:
    await hear(heard, [MONDAY + n * HOUR for n in range(6)], events=500)

    found = await health(connection, MONDAY + timedelta(days=365))

    assert found["usual_gap"] is None
    assert found["stale_since"] is None


async def test_a_source_that_comes_every_second_has_an_hour(heard: Heard, connection: asyncpg.Connection) -> None:
    moments = [MONDAY + timedelta(minutes=minutes) for minutes in range(600)]
    await hear(heard, moments)

    assert await stale(connection, moments[-1] + timedelta(minutes=59)) == []
    assert await stale(connection, moments[-1] + timedelta(minutes=61)) == ["acme"]


async def test_retractions_and_rejections_are_signs_of_life(heard: Heard, connection: asyncpg.Connection) -> None:
    await hear(heard, [MONDAY])
    heard.note(gather([envelope([retraction(1)])]), MONDAY + HOUR)
    await heard.receive([refused("acme", MONDAY + 2 * HOUR), refused("acme", MONDAY + 2 * HOUR)])

    found = await health(connection, MONDAY + 9 * HOUR)

    assert (found["events"], found["rejected"]) == (2, 2)
    assert found["last_event_at"] == MONDAY + 2 * HOUR


async def test_what_is_no_rejection_of_a_source_is_passed_over(heard: Heard, connection: asyncpg.Connection) -> None:
    odd = Refusal("source", "odd", "is not registered")
    await heard.receive(
        [
            Msg(None, data=b"no JSON"),  # type: ignore[arg-type]
            Msg(None, data=b"{}"),  # type: ignore[arg-type]
            Msg(None, data=rejection(odd, "a\0b", None, b"", MONDAY)),  # type: ignore[arg-type]
        ]
    )

    assert await connection.fetchval("select count(*) from projector.heard") == 0


async def test_two_replicas_add_up(heard: Heard, connection: asyncpg.Connection) -> None:
    other = Heard(heard.pool)
    await hear(heard, [MONDAY + HOUR / 2], events=2)
    await hear(other, [MONDAY], events=3)

    found = await health(connection, MONDAY + HOUR)

    assert (found["events"], found["first_event_at"], found["last_event_at"]) == (5, MONDAY, MONDAY + HOUR / 2)


async def test_who_may_report_stands_among_the_sources_until_it_no_longer_may(
    heard: Heard, connection: asyncpg.Connection
) -> None:
    await hear(heard, [MONDAY])
    await register.write(heard.pool, {"acme": MONDAY, "unheard": MONDAY, "leaver": MONDAY})
    await register.write(heard.pool, {"acme": MONDAY, "unheard": MONDAY + HOUR})

    rows = await connection.fetch("select source, last_event_at, added_at from attune.sources order by source")

    assert [tuple(row) for row in rows] == [("acme", MONDAY, MONDAY), ("unheard", None, MONDAY + HOUR)]


async def test_what_cannot_be_written_is_written_later(heard: Heard, connection: asyncpg.Connection) -> None:
    pool, heard.pool = heard.pool, Away()
    with pytest.raises(Unavailable):
        await hear(heard, [MONDAY], events=2)
    heard.pool = pool
    await hear(heard, [MONDAY])

    assert (await health(connection, MONDAY))["events"] == 3


async def test_readers_see_the_health_of_sources(heard: Heard, connection: asyncpg.Connection) -> None:
    await hear(heard, [MONDAY + n * HOUR for n in range(48)])

    await connection.execute("set role attune_reader")
    row = await connection.fetchrow(
        "select last_event_at, events_per_day, rejected, usual_gap, stale_since from attune.sources"
    )

    assert row is not None
    assert row["last_event_at"] == MONDAY + 47 * HOUR
    assert row["stale_since"] == MONDAY + 49 * HOUR


class Away:
    """A pool whose server is gone."""

    def acquire(self, timeout: float) -> Any:
        raise ConnectionRefusedError(timeout)


def refused(source: str, at: datetime) -> Msg:
    message = rejection(Refusal("id", "missing", "is required"), source, None, orjson.dumps({}), at)
    return Msg(None, data=message)  # type: ignore[arg-type]
