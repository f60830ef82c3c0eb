"""Sums of fading doses are a commutative group: parts add up, and nothing but strain and time takes away."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.roster.identity import Identity, known
from services.roster.merge import merge, unmerge
from shared.alignment.model import default_model
from tests.integration.projector.history import NOW, SUMS, live, prepare, retraction, same, states, touch
from tests.integration.projector.test_build import KINDS

DAY = timedelta(days=1)
# Two days are crowded, so that they come to what a day can hold at most.
DAYS_AGO = st.sampled_from([0.01, 0.02, 0.03, 20.01, 20.02]) | st.floats(0, 1500)
TOLD = st.tuples(st.sampled_from(["ana", "ana", "bo"]), DAYS_AGO, st.sampled_from([KINDS[1], *KINDS]))
HISTORY = st.lists(TOLD, min_size=1, max_size=40) | st.lists(TOLD, min_size=25, max_size=40)
READ_TWICE = """
    select
        array[coalesce(live.score, 'NaN'), live.contact, live.dialogue, live.depth, live.accord, live.strain] as live,
        array[coalesce(log.score, 'NaN'), log.contact, log.dialogue, log.depth, log.accord, log.strain] as log,
        (
            select array[coalesce(sum(contact), 0), coalesce(sum(dialogue), 0), coalesce(sum(depth), 0),
                         coalesce(sum(accord), 0), coalesce(sum(strain), 0)]
            from attune.explain(live.initiative, live.stakeholder, now())
        ) as parts
    from attune.alignment as live
    join attune.alignment_at(now()) as log using (initiative, stakeholder)
"""
PARTS, WHOLE = ("one", "other"), "whole"
READ = """
    select coalesce(score, 'NaN'), contact, dialogue, depth, accord, strain, coalesce(risk, 'NaN'), coalesce(trend, 'NaN')
    from attune.alignment
    where stakeholder = any($1)
"""
HALF_LIVES = default_model().half_lives()


@pytest.fixture
async def ana_and_bo(connection: asyncpg.Connection) -> asyncpg.Connection:
    await prepare(connection, ["ana", "bo"])
    return connection


def history(seed: int, size: int = 200) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [touch(i, "ana", chance.random() ** 3 * 1500, **chance.choice(KINDS)) for i in range(size)]


async def forget_all(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "truncate projector.log, projector.retractions, projector.model_days, projector.model_states"
    )
    await connection.execute(
        "insert into projector.states (relationship_id) select relationship_id from roster.stakeholders"
    )


async def folded(connection: asyncpg.Connection, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the state of Ana after these events and no others."""
    await forget_all(connection)
    await live(connection, events)
    return (await states(connection))["change/ana"]


@asynccontextmanager
async def split(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """Have two who each know a part of what a third knows, and nobody once the block ends."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await prepare(connection, [*PARTS, WHOLE])
        yield connection
    finally:
        await transaction.rollback()


def of_part(number: int, days_ago: float, parts: Sequence[str], kind: dict[str, Any]) -> dict[str, Any]:
    """Return an event of these people and of whoever knows everything."""
    people = [{"address": f"{who}@corp.example"} for who in (*parts, WHOLE)]
    return touch(number, days_ago=days_ago, people=people, **kind)


async def person(connection: asyncpg.Connection, who: str) -> Identity:
    return await known(
        connection, await connection.fetchval("select person_id from roster.people where stakeholder = $1", who)
    )


def worth(state: dict[str, Any], channel: str, other: dict[str, Any]) -> float:
    """Return the sum as of the later era of the two."""
    if channel not in HALF_LIVES or state["as_of"] is None:
        return float(state[channel])
    days = max(other["as_of"] - state["as_of"], timedelta(0)) / DAY
    return float(state[channel] * 2.0 ** (-days / HALF_LIVES[channel]))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_order_batches_repetition_and_what_is_taken_back_change_nothing_that_is_read(
    ana_and_bo: asyncpg.Connection, data: st.DataObject
) -> None:
    connection, told = ana_and_bo, data.draw(HISTORY)
    events = [touch(number, who, days_ago, **kind) for number, (who, days_ago, kind) in enumerate(told)]
    taken_back = data.draw(st.sets(st.integers(0, len(events) - 1)))
    again = data.draw(st.lists(st.sampled_from(events), max_size=8))
    said = data.draw(st.permutations([*events, *again, *map(retraction, taken_back)]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(said)), max_size=4)) | {0, len(said)})

    await forget_all(connection)
    await live(connection, [event for number, event in enumerate(events) if number not in taken_back])
    plain = await states(connection)
    await forget_all(connection)
    await live(connection, *(said[one:other] for one, other in pairwise(cuts)))
    lived = await states(connection)
    await connection.fetchval("select projector.refold(null, now())")

    assert same(lived, plain)
    assert same(await states(connection), plain)
    for one in await connection.fetch(READ_TWICE):
        assert list(one["log"]) == pytest.approx(list(one["live"]), rel=1e-9, abs=1e-9, nan_ok=True)
        assert list(one["parts"]) == pytest.approx(list(one["live"])[1:], rel=1e-9, abs=1e-9)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), told=HISTORY)
async def test_what_is_taken_back_and_reported_anew_leaves_the_original_states(
    ana_and_bo: asyncpg.Connection, data: st.DataObject, told: list[Any]
) -> None:
    events = [touch(number, who, days_ago, **kind) for number, (who, days_ago, kind) in enumerate(told)]
    back = sorted(data.draw(st.sets(st.integers(0, len(events) - 1), min_size=1)))
    await forget_all(ana_and_bo)
    await live(ana_and_bo, events)
    original = await states(ana_and_bo)

    await live(ana_and_bo, [retraction(number) for number in back])
    await live(ana_and_bo, [events[number] | {"id": f"again-{number}"} for number in back])

    assert same(await states(ana_and_bo), original)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=HISTORY, weekdays=st.sets(st.integers(0, 6)), cut=st.integers(0, 40))
async def test_two_parts_of_a_history_folded_apart_add_up_to_the_whole(
    ana_and_bo: asyncpg.Connection, told: list[Any], weekdays: set[int], cut: int
) -> None:
    async with split(ana_and_bo) as connection:
        # By whole days: what a day can hold at most is a rule about that day.
        events = [
            of_part(number, days_ago, [PARTS[(NOW - timedelta(days=days_ago)).weekday() in weekdays]], kind)
            for number, (_, days_ago, kind) in enumerate(told)
        ]
        await live(connection, events[:cut], events[cut:])
        there = await states(connection)

    one, other, whole = (there[f"change/{who}"] for who in (*PARTS, WHOLE))
    assert one["touch_days"] + other["touch_days"] == whole["touch_days"]
    for channel in SUMS:
        parts = worth(one, channel, whole) + worth(other, channel, whole)
        assert parts == pytest.approx(whole[channel], rel=1e-9)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(
        st.tuples(st.sampled_from([PARTS[:1], PARTS[1:], PARTS]), DAYS_AGO, st.sampled_from(KINDS)), min_size=2
    ),
    cut=st.integers(0, 10),
)
async def test_a_history_split_between_two_people_is_the_whole_while_they_are_one_and_parts_again(
    ana_and_bo: asyncpg.Connection, told: list[Any], cut: int
) -> None:
    async with split(ana_and_bo) as connection:
        events = [of_part(number, days_ago, who, kind) for number, (who, days_ago, kind) in enumerate(told)]
        await live(connection, events[:cut], events[cut:])
        apart = await states(connection)

        await merge(connection, await person(connection, PARTS[0]), await person(connection, PARTS[1]), NOW, "mira")
        merged = await states(connection)
        readings = await connection.fetch(READ, [PARTS[0], WHOLE])
        await unmerge(connection, PARTS[1], NOW, "mira")
        again = await states(connection)

    assert same({"them": merged[f"change/{PARTS[0]}"]}, {"them": merged[f"change/{WHOLE}"]})
    assert list(readings[0]) == pytest.approx(list(readings[1]), rel=1e-9, abs=1e-9, nan_ok=True)
    assert same(again, apart)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["kind"])
async def test_a_touch_never_lowers_contact(connection: asyncpg.Connection, kind: dict[str, Any]) -> None:
    await prepare(connection, ["ana"])
    before = await folded(connection, history(1))

    for number, days_ago in enumerate([0.1, 3, 300, 1400]):
        await live(connection, [touch(1000 + number, "ana", days_ago, **kind)])
        after = (await states(connection))["change/ana"]

        assert worth(after, "contact", before) >= worth(before, "contact", after) * (1 - 1e-12)
        before = after
