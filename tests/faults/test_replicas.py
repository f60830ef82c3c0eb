"""However often, in whatever order and by however many: every touchpoint counts exactly once."""

import os
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from shared.alignment.model import Model, default_model
from shared.plumbing import clock
from shared.plumbing.counted import counted
from shared.plumbing.credentials import Credentials
from shared.plumbing.publisher import Publisher
from tests import house
from tests.faults.oracle import CHANNELS, DAY, PACES, Sums, lived
from tests.house import House, is_ready, second_projector, until
from tests.integration.projector.history import same, states

SEED = 20_261_123
IS_LONG = os.environ.get("ATTUNE_FAULTS") == "long"
EVENTS = 100_000 if IS_LONG else 30_000
PEOPLE = [f"person-{i}@corp.example" for i in range(200)]
FACTS: tuple[dict[str, Any], ...] = (
    {"kind": "email", "direction": "outbound"},
    {"kind": "email", "direction": "inbound"},
    {"kind": "email", "direction": "outbound", "breadth": 30},
    {"kind": "message", "direction": "inbound", "breadth": 4},
    {"kind": "meeting", "duration_minutes": 45},
    {"kind": "disclosure", "direction": "inbound", "depth": 0.6},
    {"kind": "setback", "direction": "inbound", "severity": 0.7},
    {"kind": "commitment", "direction": "mutual", "commitment": {"ref": "x", "state": "kept", "by": "us"}},
    {"kind": "commitment", "direction": "mutual", "commitment": {"ref": "x", "state": "broken", "by": "them"}},
)


def history(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Return a year and more of touchpoints, so that states cross an era's end."""
    now = clock.now()
    return [
        {
            "specversion": "1.0",
            "id": f"event-{number}",
            "source": "crm/export",
            "type": "attune.touchpoint.v1",
            "time": (now - timedelta(days=chance.random() ** 2 * 400)).isoformat(),
            "data": {"people": people(chance), **chance.choice(FACTS)},
        }
        for number in range(count)
    ]


def people(chance: random.Random) -> list[dict[str, str]]:
    """Return one person, and sometimes two."""
    return [{"address": address} for address in chance.sample(PEOPLE, 1 if chance.random() < 0.9 else 2)]


@pytest.fixture(scope="module")
def attune() -> Iterator[House]:
    with house.opened() as running:
        running.roster(PEOPLE)
        yield running


async def test_events_published_twice_in_any_order_through_two_replicas_are_one_ordered_pass(
    attune: House,
) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")  # noqa: T201 -- to see it again
    events = history(EVENTS, chance)
    twice = [orjson.dumps(event) for event in [*events, *events]]
    chance.shuffle(twice)
    acme, began = attune.source("acme"), time.monotonic()

    with second_projector(attune) as replica:
        await until(lambda: is_ready(replica))
        await published(attune, acme, twice)
        both = [fresh_events(address) for address in (replica, attune.runtime.http["projector"])]
    print(f"{len(twice):,} events counted after {time.monotonic() - began:.1f} s, {both} by each")  # noqa: T201

    connection = await attune.postgres()
    assert await connection.fetchval("select count(distinct id) from attune.touchpoints") == EVENTS
    assert all(fresh > 0 for fresh in both)
    assert sum(both) == EVENTS
    assert_told(await states(connection), lived(events, default_model()), default_model())
    async with connection.transaction():
        there = await states(connection)
        await connection.fetchval("select projector.refold(null, now())")
        assert same(await states(connection), there)
    await connection.close()


async def published(attune: House, source: Credentials, events: list[bytes]) -> None:
    """Publish as a connector does, and return once everything is counted."""
    client = await attune.nats()
    async with Publisher(client.jetstream(), source.name) as publisher:
        for event in events:
            await publisher.publish(event)
    await counted(client.jetstream(), lambda _done, _all: None)
    await client.close()


def assert_told(found: dict[str, dict[str, Any]], told: dict[str, Sums], model: Model) -> None:
    """Compare every state with what plain Python says, to 1e-9 relative."""
    half_life = model.half_life_days
    for who, sums in told.items():
        state = found[f"change/{who}"]
        at = state["as_of"].timestamp()
        expected = {c: sums.worth(c, getattr(half_life, c) * DAY, model.dose.day_most, at) for c in CHANNELS}
        expected |= {name: sums.pace(share * model.horizon.days * DAY, at) for name, share in PACES.items()}
        assert {name: state[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=0), who
        assert state["touch_days"] == len(sums.days())
        assert state["first_touch_at"].timestamp() == pytest.approx(min(sums.touches), abs=1e-5)
        assert state["last_touch_at"].timestamp() == pytest.approx(max(sums.touches), abs=1e-5)


def fresh_events(address: str) -> int:
    """Return how many events a projector was the first to see."""
    metrics = httpx.get(f"http://{address}/metrics").text
    name = 'attune_projector_events_total{outcome="fresh"} '
    return int(float(next(line for line in metrics.splitlines() if line.startswith(name)).removeprefix(name)))
