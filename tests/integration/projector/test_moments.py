"""What was said live of every moment is what the log says of it ever after, whatever comes in later."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alerts.watch import judge_due
from shared.plumbing import relationships
from tests.integration.alerts.story import AUDIENCE
from tests.integration.projector.history import SUMS
from tests.integration.projector.test_standing import SAID, assert_same, house, standing, taken

__all__ = ["house"]

MOMENTS = st.sets(st.integers(1, 9), min_size=3, max_size=4)
RESET = """
truncate projector.log, projector.retractions, projector.model_days;
delete from alerts.watches;
delete from alerts.alerts;
update projector.model_states set as_of = null, first_touch_at = null, last_touch_at = null, touch_days = 0,
""" + ", ".join(f"{name} = 0" for name in SUMS)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have alerts judge by what has just come in, without waiting for more of its kind."""
    monkeypatch.setattr(relationships, "SETTLING", timedelta(0))


async def judged(connection: asyncpg.Connection) -> None:
    while (await judge_due(connection, AUDIENCE, await connection.fetchval("select now()"))).relationships:
        pass


@pytest.mark.usefixtures("at_once")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, cuts=MOMENTS)
async def test_what_was_said_live_of_a_moment_is_what_the_log_says_of_it_later(
    house: asyncpg.Connection, said: list[dict[str, Any]], cuts: set[int]
) -> None:
    await house.execute(RESET)
    then = list[tuple[Any, list[dict[str, Any]]]]()
    ends = sorted({0, *cuts, len(said)})
    for begin, end in pairwise(ends):
        await taken(house, said[begin:end])
        await judged(house)
        async with house.transaction():
            then.append((await house.fetchval("select now()"), await standing(house)))

    for moment, alive in then:
        assert_same(await standing(house, "attune.alignment_at($1, $1)", moment), alive)
