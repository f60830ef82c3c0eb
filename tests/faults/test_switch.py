"""A model is switched under traffic: nothing is lost, nothing counts twice, and nobody is told about the past."""

import asyncio
import json
import random
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from nats.js import JetStreamContext

from shared.alignment.model import Model, default_model
from shared.alignment.written import written
from shared.plumbing import clock
from shared.plumbing.counted import counted
from shared.plumbing.credentials import Credentials
from tests import house
from tests.faults.oracle import lived
from tests.faults.test_replicas import assert_told
from tests.house import House, until
from tests.integration.alerts.collector import Collector, collecting
from tests.integration.projector.history import same, states

STALE = [f"stale-{i}@corp.example" for i in range(40)]
BUSY = [f"busy-{i}@corp.example" for i in range(40)]
SHAKEN = "shaken@corp.example"
PER_SECOND = 5_000
A_MESSAGE = 200
TOUCHPOINTS_MAX = 200_000
"""Of 40 seconds: by then the switch is long done, or something else is wrong."""

_default = default_model()
# Under it the stale drifted weeks ago, and channels fade faster, so that states must be folded anew.
STRICT = _default.model_copy(
    update={
        "name": "strict",
        "lines": _default.lines.model_copy(update={"fading": 75.0}),
        "half_life_days": _default.half_life_days.model_copy(update={"contact": 14.0, "depth": 30.0}),
    }
)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Where everybody's alerts go."""
    with collecting() as running:
        monkeypatch.setenv("ATTUNE_WEBHOOK_URL", running.url)
        monkeypatch.setenv("ATTUNE_WEBHOOK_ALLOW_PRIVATE", "true")
        monkeypatch.setenv("ATTUNE_WEBHOOK_SECRET", "whsec_" + b64encode(bytes(24)).decode())
        yield running


@pytest.fixture
def attune(collector: Collector) -> Iterator[House]:
    """An attune whose alerts are told to the collector."""
    assert collector.url
    with house.opened() as running:
        yield running


async def test_a_switch_under_traffic_counts_each_touchpoint_once_and_tells_nobody_about_the_past(
    attune: House, collector: Collector
) -> None:
    began = clock.now()
    acme, past = attune.source("acme"), history()
    await published(attune, acme, past)
    attune.roster([*STALE, *BUSY, SHAKEN])
    connection = await attune.postgres()
    people = len([*STALE, *BUSY, SHAKEN])
    await until(lambda: judged(connection, 1, people))

    applied, sent, per_second = await applied_under_traffic(attune, acme, STRICT, PER_SECOND)
    bad = event("bad", SHAKEN, 0, kind="setback", direction="inbound", severity=1)
    await published(attune, acme, [bad])
    await until(lambda: told_of(collector, SHAKEN))
    await until(lambda: judged(connection, 2, people))
    print(f"{len(sent):,} touchpoints, {per_second:,.0f} a second, switched to {applied['version']}")  # noqa: T201

    # Whoever shares the machine with others offers a little less.
    assert per_second > 0.8 * PER_SECOND
    assert applied["applied"]
    assert any(row["change"] == "opens" for row in applied["alerts"])
    assert {alert["data"]["stakeholder"] for alert in alerts(collector)} == {SHAKEN}
    assert all(alert["data"]["drifts_at"] >= began.isoformat() for alert in alerts(collector))
    assert await connection.fetchval("select count(*) from attune.touchpoints") == len(past) + len(sent) + 1
    everything = [*past, *sent, bad]
    async with connection.transaction():
        there = await states(connection)
        assert_told(there, lived(everything, STRICT), STRICT)
        await connection.fetchval("select projector.refold(null, now())")
        assert same(await states(connection), there)
    await connection.close()


def history() -> list[dict[str, Any]]:
    """Return who was met often until a month ago, and who still is."""
    stale = [(who, 25 + 4 * i) for who in [*STALE, SHAKEN] for i in range(8)]
    busy = [(who, 1 + 3 * i) for who in [*BUSY, SHAKEN] for i in range(8)]
    return [event(f"past-{number}", who, days_ago) for number, (who, days_ago) in enumerate([*stale, *busy])]


def event(number: object, who: str, days_ago: float, **facts: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "calendar",
        "type": "attune.touchpoint.v1",
        "time": (clock.now() - timedelta(days=days_ago)).isoformat(),
        "data": {"people": [{"address": who}], **(facts or {"kind": "meeting", "duration_minutes": 60})},
    }


async def published(attune: House, source: Credentials, events: list[dict[str, Any]]) -> None:
    """Publish and return once everything is counted."""
    client = await attune.nats()
    await client.jetstream().publish(source.subject, orjson.dumps(events))
    await counted(client.jetstream(), lambda _done, _all: None)
    await client.close()


async def applied_under_traffic(
    attune: House, source: Credentials, model: Model, per_second: int
) -> tuple[dict[str, Any], list[dict[str, Any]], float]:
    """Apply the model while touchpoints stream in; return what it said, what was sent, and how many a second."""
    path = attune.directory / "strict.toml"
    await asyncio.to_thread(path.write_text, written(model))
    client, over = await attune.nats(), asyncio.Event()
    streaming = asyncio.create_task(stream(client.jetstream(), source.subject, per_second, over))
    await asyncio.sleep(0.5)
    said = await asyncio.to_thread(attune.attune, "model", "apply", str(path), "--yes", "--json")
    await asyncio.sleep(0.5)
    assert not streaming.done(), f"the switch outlasted {TOUCHPOINTS_MAX:,} touchpoints"
    over.set()
    sent, seconds = await streaming
    await counted(client.jetstream(), lambda _done, _all: None)
    await client.close()
    return json.loads(said), sent, len(sent) / seconds


async def stream(
    jetstream: JetStreamContext, subject: str, per_second: int, over: asyncio.Event
) -> tuple[list[dict[str, Any]], float]:
    """Publish recent meetings with the busy at a steady pace until it is over; return them, and in how many seconds."""
    chance, sent, start = random.Random(20_261_123), list[dict[str, Any]](), time.monotonic()
    for number in count():
        if over.is_set() or len(sent) >= TOUCHPOINTS_MAX:
            return sent, time.monotonic() - start
        batch = [event(f"{number}-{i}", chance.choice(BUSY), chance.random() * 20) for i in range(A_MESSAGE)]
        await jetstream.publish(subject, orjson.dumps(batch))
        sent += batch
        await asyncio.sleep(max(0, start + len(sent) / per_second - time.monotonic()))
    raise AssertionError


async def judged(connection: Any, version: int, people: int) -> bool:
    """Say whether everybody has been judged by the model in force, this version."""
    found = await connection.fetchval(
        "select count(*) from alerts.watches join projector.states using (relationship_id) "
        "where states.version = $1 and judged_at >= coalesce((select switched_at from projector.in_force), judged_at)",
        version,
    )
    return bool(found == people)


async def told_of(collector: Collector, who: str) -> bool:
    return any(alert["data"]["stakeholder"] == who for alert in alerts(collector))


def alerts(collector: Collector) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in collector.requests]
