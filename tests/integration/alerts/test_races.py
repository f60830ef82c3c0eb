"""A person and attune act on the same alert at the same moment: one comes after the other, whoever is first."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from services.alerts import store
from services.alerts.announce import announce
from services.console.acting import act
from services.console.visitor import Role, Visitor
from shared.judging.judge import judge
from shared.plumbing.models import live_model
from shared.plumbing.relationships import keep_depths, relationships
from tests.integration.alerts.story import Story

RESOLVE = "select alerts.act($1, 'resolve', 'ben', $2, null, 'met her')"


@pytest.fixture
async def hand(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of somebody who acts."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def warned(story: Story) -> Any:
    """Ana is warned of on day 21 and overdue on day 28."""
    await story.person(cadence_days=28, owner="eva")
    await story.becomes_warm()
    await story.judged(21)
    [alert] = await story.alerts()
    return alert["id"]


async def waiting(connection: asyncpg.Connection, count: int = 1) -> None:
    """Return when so many others wait for a lock."""
    async with asyncio.timeout(10):
        while True:
            waits = (
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            )
            if await connection.fetchval(waits) >= count:
                return
            await asyncio.sleep(0.01)


async def history(story: Story) -> list[tuple[str, str]]:
    rows = await story.connection.fetch("select event, actor from attune.alert_history order by number")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("comes_true", [True, False])
async def test_who_resolves_while_attune_judges_is_not_spoken_over(
    story: Story, hand: asyncpg.Connection, comes_true: bool
) -> None:
    alert = await warned(story)
    if not comes_true:
        await story.happens(27, duration_minutes=60)
    async with hand.transaction():
        await hand.execute(RESOLVE, alert, story.at(28))
        judging = asyncio.create_task(story.judged(28))
        await waiting(hand)

    announced = await judging

    [row] = await hand.fetch("select status, resolved_at, pending, act_at from alerts.alerts")
    assert tuple(row) == ("resolved", story.at(28), "resolved", story.at(28))
    assert (announced, await history(story)) == ([], [("opened", "attune"), ("resolved", "ben")])


async def test_who_resolves_and_attune_never_wait_for_each_other(
    story: Story, hand: asyncpg.Connection, database: str
) -> None:
    alert = await warned(story)
    other = await asyncpg.connect(database)
    async with other.transaction():
        await other.execute("select from alerts.alerts for update")
        acting = asyncio.create_task(hand.execute(RESOLVE, alert, story.at(28)))
        await waiting(other)
        judging = asyncio.create_task(story.judged(28))
        await waiting(other, 2)

    await asyncio.gather(acting, judging)

    assert await history(story) == [("opened", "attune"), ("resolved", "ben")]
    await other.close()


async def test_a_judgement_that_comes_too_late_writes_nothing(story: Story) -> None:
    alert = await warned(story)
    [model] = [live[1] for live in [await live_model(story.connection)] if live]
    [ana] = await story.connection.fetch("select relationship_id from projector.states")
    [(before, _)] = await relationships(story.connection, [ana[0]], model, story.at(28.1))
    raised = announce(before, judge(before, model, story.at(28.1)), story.at(28.1))
    await story.connection.execute(RESOLVE, alert, story.at(28))

    assert raised
    assert raised.event == "raised"
    assert await store.write(story.connection, [raised], {alert: ("escalated", story.at(29))}) == []
    assert await history(story) == [("opened", "attune"), ("resolved", "ben")]
    assert await story.connection.fetchval("select pending from alerts.alerts") == "resolved"


async def test_a_look_that_breaks_off_is_taken_up_at_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ana", "ben"):
        await story.person(name, function="Finance")
        await story.becomes_warm(name, day=-200)
    with monkeypatch.context() as crash:
        crash.setattr("services.alerts.look.holes", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await story.looked(0)

    await story.looked(0.01)
    await story.looked(8)

    assert await story.connection.fetchval("select min(since) from alerts.wholes") == story.at(0.01)


async def test_who_acts_and_meets_a_deadlock_acts_all_the_same(
    story: Story, hand: asyncpg.Connection, database: str
) -> None:
    alert = await warned(story)
    rival = await asyncpg.connect(database)
    await rival.execute("set deadlock_timeout = '1min'")
    visitor = Visitor(1, "ben", Role.OPERATOR, None)
    async with rival.transaction():
        await rival.execute("select from alerts.watches for update")
        acting = asyncio.create_task(act(hand, visitor, alert, "resolve", story.at(22), note="met her"))
        await waiting(rival)
        await rival.execute("select from alerts.alerts for update")
    await rival.close()

    await acting

    assert await history(story) == [("opened", "attune"), ("resolved", "ben")]
    assert await hand.fetchval("select count(*) from console.audit where outcome = 'done'") == 1


@pytest.mark.parametrize("was_there_one", [False, True])
async def test_a_replica_that_saw_nobody_go_deep_does_not_hide_whom_another_one_found(
    story: Story, hand: asyncpg.Connection, was_there_one: bool
) -> None:
    first, second = await story.person("ana"), await story.person("ben")
    deepens = "update projector.states set depth = $2 where relationship_id = $1"
    if was_there_one:
        await story.connection.execute(deepens, first, 1.0)
        await keep_depths(story.connection, [first], story.start)
        await story.connection.execute(deepens, first, 0.0)
    async with hand.transaction():
        await keep_depths(hand, [first], story.start)
        await story.connection.execute(deepens, second, 1.0)
        keeping = asyncio.create_task(keep_depths(story.connection, [second], story.start))
        await waiting(hand)
    await keeping

    assert await story.connection.fetchval("select relationship_id from projector.depths") == second
