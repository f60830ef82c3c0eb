"""Sums of fading doses are a commutative group: parts add up, and nothing but strain and time takes away."""

import random
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.alignment.model import default_model
from tests.integration.projector.history import SUMS, live, prepare, states, touch
from tests.integration.projector.test_build import KINDS

DAY = timedelta(days=1)
HALF_LIVES = default_model().half_lives()


def history(seed: int, size: int = 200) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [touch(i, "ana", chance.random() ** 3 * 1500, **chance.choice(KINDS)) for i in range(size)]


async def folded(connection: asyncpg.Connection, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the state of Ana after these events and no others."""
    await connection.execute("truncate projector.log, projector.model_days, projector.model_states")
    await connection.execute(
        "insert into projector.states (relationship_id) select relationship_id from roster.stakeholders"
    )
    await live(connection, events)
    return (await states(connection))["change/ana"]


def worth(state: dict[str, Any], channel: str, other: dict[str, Any]) -> float:
    """Return the sum as of the later era of the two."""
    if channel not in HALF_LIVES:
        return float(state[channel])
    days = max(other["as_of"] - state["as_of"], timedelta(0)) / DAY
    return float(state[channel] * 2.0 ** (-days / HALF_LIVES[channel]))


@pytest.mark.parametrize("seed", range(3))
async def test_two_parts_of_a_history_folded_apart_add_up_to_the_whole(
    connection: asyncpg.Connection, seed: int
) -> None:
    await prepare(connection, ["ana"])
    events = history(seed)
    chance = random.Random(-seed)
    # By whole days: what a day can hold at most is a rule about that day.
    mine = {day for day in {event["time"][:10] for event in events} if chance.random() < 0.5}

    whole = await folded(connection, events)
    one = await folded(connection, [event for event in events if event["time"][:10] in mine])
    other = await folded(connection, [event for event in events if event["time"][:10] not in mine])

    assert one["touch_days"] + other["touch_days"] == whole["touch_days"]
    for channel in SUMS:
        assert worth(one, channel, other) + worth(other, channel, one) == pytest.approx(whole[channel], rel=1e-9)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["kind"])
async def test_a_touch_never_lowers_contact(connection: asyncpg.Connection, kind: dict[str, Any]) -> None:
    await prepare(connection, ["ana"])
    before = await folded(connection, history(1))

    for number, days_ago in enumerate([0.1, 3, 300, 1400]):
        await live(connection, [touch(1000 + number, "ana", days_ago, **kind)])
        after = (await states(connection))["change/ana"]

        assert worth(after, "contact", before) >= worth(before, "contact", after) * (1 - 1e-12)
        before = after
