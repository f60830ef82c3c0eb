"""`attune explain`: what it forecasts is of the moment asked for, and by the lines of who is asked about."""

from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from services.alerts.watch import judge_due
from services.cli.commands.explain import sentences
from services.cli.explanation import explain, who
from shared.alignment.counterfactual import Touch
from shared.plumbing import clock
from shared.plumbing.settings import Settings
from shared.vocabulary import Kind
from tests.integration.alerts.story import AUDIENCE
from tests.integration.projector.history import NOW, live, prepare, touch


@pytest.fixture
async def chosen(connection: asyncpg.Connection, database: str) -> Settings:
    """Ana, met weekly for two months until a week ago."""
    await prepare(connection, ["ana"])
    await live(connection, [touch(i, days_ago=7 + 7 * i, kind="meeting", duration_minutes=60) for i in range(8)])
    return Settings.model_validate({"database_url": database})


async def told(chosen: Settings, days_ago: float) -> dict[str, Any]:
    meeting = Touch(Kind.MEETING, minutes=60)
    return await explain(chosen, await who(chosen, "ana", None), NOW - timedelta(days=days_ago), meeting)


async def test_a_forecast_as_of_a_past_moment_knows_only_what_had_happened_by_then(chosen: Settings) -> None:
    after_each = [await told(chosen, days_ago) for days_ago in (34.9, 20.9, 6.9)]

    for found in after_each:
        assert found["forecast"]["with_touch_score"] > found["alignment"]["score"]
    falls = [found["forecast"]["fading_at"] for found in after_each]
    assert falls == sorted(set(falls))


async def test_a_forecast_is_by_the_lines_of_who_is_asked_about(
    chosen: Settings, connection: asyncpg.Connection
) -> None:
    usual = (await told(chosen, 6.9))["forecast"]
    await connection.execute("update roster.stakeholders set overrides = $1", orjson.dumps({"fading": 55.0}).decode())

    own = (await told(chosen, 6.9))["forecast"]

    assert (usual["line"], own["line"]) == (40.0, 55.0)
    assert own["fading_at"] < usual["fading_at"]
    assert own["with_touch_fading_at"] < usual["with_touch_fading_at"]


async def test_from_when_to_when_each_reason_holds_is_said_of_now_in_words_and_of_no_past_moment(
    chosen: Settings, connection: asyncpg.Connection
) -> None:
    await live(connection, [touch(90 + i, kind="setback", severity=1) for i in range(2)])
    # A minute later, because history just written is given time to settle.
    while (await judge_due(connection, AUDIENCE, clock.now() + timedelta(minutes=1))).relationships:
        pass

    now = await explain(chosen, await who(chosen, "ana", None), None, None)
    [shaken] = [row for row in now["forecast"]["reasons"] if row["reason"] == "shaken"]

    said = [line for line in sentences(now) if "shaken" in line]
    assert said == [
        f"In silence it has been shaken since {NOW - timedelta(days=1):%-d %B %Y} until {shaken['ends_at']:%-d %B %Y}."
    ]
    assert "reasons" not in (await told(chosen, 6.9))["forecast"]
