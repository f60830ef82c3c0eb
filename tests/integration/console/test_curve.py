"""The curve in Python is the reading in SQL, for whatever happened."""

from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.console import curve, outlook, relationships, store
from services.console.helping import Help
from services.console.parsing import Asked, asked
from shared.alignment.model import CHANNELS, default_model
from tests.integration.console.desk import Desk

MOMENTS = st.floats(min_value=-300, max_value=-0.01)
KINDS = st.sampled_from(["meeting", "call", "email", "disclosure", "setback", "pulse"])
FACTS: dict[str, dict[str, Any]] = {
    "disclosure": {"facet": "empathy", "depth": 0.6},
    "setback": {"severity": 0.5},
    "pulse": {"rating": 0.5},
}
MODEL = default_model()


async def known(desk: Desk, id_: int) -> relationships.Past:
    await store.prepare(desk.connection)
    return await relationships.past(desk.connection, store.Models(), id_, desk.story.at(1))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=st.lists(st.tuples(MOMENTS, KINDS), min_size=1, max_size=12))
async def test_the_curve_is_what_sql_says_at_every_moment(desk: Desk, happened: Sequence[tuple[float, str]]) -> None:
    await desk.connection.execute(
        "truncate projector.log, projector.model_states, projector.model_days, roster.people cascade"
    )
    id_ = await desk.story.person()
    for day, kind in happened:
        await desk.story.happens(day, kind=kind, **FACTS.get(kind, {}))
    past = await known(desk, id_)
    moments = [desk.story.at(day) for day in (-200, -50.3, -7, 0, 30)]

    found = curve.readings(curve.doses(past.history), np.array([moment.timestamp() for moment in moments]), MODEL)

    for index, moment in enumerate(moments):
        row = await _in_sql(desk.connection, id_, moment)
        assert found.band[index] == row["band"]
        for channel in CHANNELS:
            assert getattr(found, channel)[index] == pytest.approx(row[channel], abs=1e-6)
        if row["score"] is not None:
            assert found.score[index] == pytest.approx(row["score"], abs=1e-6)


async def _in_sql(connection: asyncpg.Connection, id_: int, moment: datetime) -> asyncpg.Record:
    return await connection.fetchrow(
        "select reading.* from projector.in_force "
        "cross join lateral projector.folded(in_force.version, array[$1::integer], $2, null) as states "
        "cross join lateral projector.read(states, $2) as reading",
        id_,
        moment,
    )


async def test_contributions_are_those_of_explain_and_add_up_to_the_score(desk: Desk) -> None:
    id_ = await desk.story.person()
    for day in (-40, -12, -12.1, -12.2, -3):
        await desk.story.happens(day, duration_minutes=60)
    await desk.story.happens(-5, kind="setback", severity=0.5)
    past = await known(desk, id_)
    at = desk.story.at(0)

    because = outlook.why(past, Asked(at))

    explained = await desk.connection.fetch("select * from attune.explain('change', 'ana', $1)", at)
    by_id = {one.touch["id"]: one.channels for one in because.contributions}
    assert {row["id"] for row in explained} == set(by_id)
    for row in explained:
        assert by_id[row["id"]] == pytest.approx({channel: row[channel] for channel in CHANNELS}, abs=1e-6)
    score = relationships.reading_at(curve.doses(past.history), at, MODEL)["score"]
    assert sum(because.parts.values()) == pytest.approx(score)
    assert sum(one.points for one in because.contributions) == pytest.approx(score)
    assert because.parts["strain"] < 0


async def test_as_known_then_is_what_alignment_at_says(desk: Desk) -> None:
    id_ = await desk.story.person()
    await desk.story.becomes_warm(day=-20)
    # What happened 15 days ago was only reported 5 days ago.
    late = await desk.story.happens(-15, duration_minutes=60)
    await desk.connection.execute("update projector.log set recorded_at = occurred_at")
    await desk.connection.execute(
        "update projector.log set recorded_at = $1 where event_id = $2", desk.story.at(-5), late
    )
    past = await known(desk, id_)
    then = Asked(desk.story.at(0), ago_days=10, knew="then")

    shown = outlook.drawn(past, then)
    afterwards = outlook.drawn(past, Asked(desk.story.at(0), ago_days=10))

    row = await desk.connection.fetchrow("select * from attune.alignment_at($1, $1)", desk.story.at(-10))
    assert shown.reading["score"] == pytest.approx(row["score"], abs=1e-6)
    assert afterwards.reading["score"] > shown.reading["score"] + 1


async def test_a_supposed_meeting_is_worth_what_it_would_be_worth(desk: Desk) -> None:
    id_ = await desk.story.person()
    await desk.story.becomes_warm(day=-10)
    past = await known(desk, id_)
    now = desk.story.at(0)
    on = (now + timedelta(days=3)).date().isoformat()

    shown = outlook.drawn(past, asked(now, what_if="meeting", minutes=60, on=on))

    noon = asked(now, what_if="meeting", minutes=60, on=on).touch_at
    assert noon is not None
    await desk.story.happens((noon - now) / timedelta(days=1), duration_minutes=60)
    row = await _in_sql(desk.connection, id_, noon)
    assert shown.with_touch_score == pytest.approx(row["score"], abs=0.01)
    assert shown.falls_at is not None
    assert shown.falls_with_touch_at is not None
    assert shown.falls_with_touch_at > shown.falls_at


async def test_a_booked_meeting_moves_the_fall_as_a_supposed_one_would_and_one_after_it_does_not(desk: Desk) -> None:
    id_ = await desk.story.person()
    await desk.story.becomes_warm(day=-10)
    past, now = await known(desk, id_), desk.story.at(0)
    shown = outlook.drawn(past, asked(now, what_if="meeting", on=(now + timedelta(days=3)).date().isoformat()))
    supposed = asked(now, what_if="meeting", on=(now + timedelta(days=3)).date().isoformat()).touch_at
    assert supposed is not None
    assert shown.falls_at is not None

    too_late = await desk.story.plans((shown.falls_at - now) / timedelta(days=1) + 1)
    after = outlook.drawn(await known(desk, id_), asked(now))
    await desk.story.takes_back(0, too_late)
    await desk.story.plans((supposed - now) / timedelta(days=1))
    before = outlook.drawn(await known(desk, id_), asked(now))

    assert (after.falls_at, after.falls_with_plan_at) == (shown.falls_at, None)
    assert before.falls_at == shown.falls_at
    assert before.falls_with_plan_at == shown.falls_with_touch_at


async def test_what_would_help_is_what_the_curve_with_that_touch_says_and_no_later_than_the_rhythm(desk: Desk) -> None:
    facts: dict[str, dict[str, Any]] = {"ana": {}, "bob": {"cadence_days": 5}, "cyd": {"overrides": {"fading": 99}}}
    ids = {name: await desk.story.person(name, **more) for name, more in facts.items()}
    for name in ids:
        await desk.story.becomes_warm(name, day=-10)
    past, now = await known(desk, ids["ana"]), desk.story.at(0)
    shown = outlook.drawn(past, asked(now, what_if="meeting", minutes=30))

    def helped(**reasons: str) -> Coroutine[Any, Any, dict[int, Help | None]]:
        asked_of = {ids[name]: reason for name, reason in reasons.items()} | {10**9: "fading"}
        return relationships.helps(desk.connection, store.Models(), asked_of, now)

    found = await helped(ana="fading", bob="overdue", cyd="fading")
    otherwise = await helped(ana="shallow", bob="unkept")
    ana, bob, cyd, talk = (found[ids["ana"]], found[ids["bob"]], found[ids["cyd"]], otherwise[ids["ana"]])

    assert ana
    assert bob
    assert cyd
    assert talk
    assert ana.words == bob.words == "a 30-minute meeting"
    assert ana.score == pytest.approx(outlook.ahead(past, now).helps[0].score)
    assert ana.score == pytest.approx(shown.with_touch_score, abs=0.01)
    assert ana.drifts_at == shown.falls_with_touch_at
    assert bob.drifts_at == now + timedelta(days=5)
    assert (cyd.is_over, cyd.drifts_at) == (False, None)
    assert cyd.score > ana.score
    assert talk.words.startswith("an open talk")
    assert otherwise[ids["bob"]] is None
