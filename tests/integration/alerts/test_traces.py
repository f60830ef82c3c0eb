"""One touchpoint's way through the broker, in traces and in logs: real servers, spans kept in memory."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise
from typing import Any

import asyncpg
import orjson
import pytest
from nats.aio.client import Client
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.alerts import trail
from services.alerts.channels.nats import Nats
from services.alerts.notify import notify
from services.alerts.watch import judge_due
from services.ingest.subscribers import Subscriber as Ingest
from services.projector.heard import Heard
from services.projector.subscribers import Subscriber as Projector
from shared.plumbing import clock, logs, traces
from shared.plumbing.background import working
from shared.plumbing.jetstream import ACCEPTED, INTAKE
from shared.plumbing.pull import Pull
from shared.plumbing.sources import Sources
from tests.house import until
from tests.integration.alerts.story import AUDIENCE, POLICY, Story

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Any]:
    """Connections of parts of several services, and so of none's role."""
    async with asyncpg.create_pool(database, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    traces.arm_with("test", SimpleSpanProcessor(exporter))
    yield exporter
    traces.arm_with("test", None)


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What services write down, as they write it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("test"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def setback(number: int, **extension: str) -> dict[str, Any]:
    data = {"kind": "setback", "severity": 1.0, "direction": "inbound", "people": [{"address": "ana@corp.example"}]}
    named = {"specversion": "1.0", "type": "attune.touchpoint.v1", "source": "crm", "id": f"setback-{number}"}
    return {**named, **extension, "time": datetime.now(UTC).isoformat(), "data": data}  # noqa: TID251 -- as a source does


async def journey(story: Story, pool: Any, client: Client, events: Sequence[Any], header: str | None = None) -> None:
    """Take events from intake to a delivery, by the parts that the services are made of."""
    jetstream = client.jetstream()
    ingest = Ingest(POLICY, Sources({"crm": ""}), jetstream)
    projector = Projector(pool, jetstream, Heard(pool), POLICY.handle_key)
    before = await story.connection.fetchval("select count(*) from attune.touchpoints")
    headers = {traces.HEADER: header} if header else None
    await jetstream.publish("touchpoints.in.crm", orjson.dumps(events), headers=headers)
    async with (
        working(Pull(client, INTAKE, "ingest", ingest.receive, 100).run()),
        working(Pull(client, ACCEPTED, "projector", projector.receive, 8).run()),
    ):
        await until(lambda: story.connection.fetchval("select count(*) > $1 from attune.touchpoints", before))
        await asyncio.sleep(0.2)  # until what is projected is acknowledged as well
    judged = await judge_due(story.connection, AUDIENCE, clock.now())
    await trail.leave(story.connection, judged.announcements)
    await notify(pool, Nats(jetstream), clock.now)


def linked(span: ReadableSpan) -> set[int]:
    return {link.context.trace_id for link in span.links}


async def test_a_trace_can_be_followed_from_a_connectors_event_to_the_delivery_of_an_alert(
    story: Story, pool: Any, client: Client, spans: InMemorySpanExporter
) -> None:
    await story.person(cadence_days=14)
    await story.happens(-20)
    await journey(story, pool, client, [setback(1), setback(2, traceparent=TRACEPARENT)], header=TRACEPARENT)

    found = {span.name: span for span in spans.get_finished_spans()}
    way = ["ingest batch", "projector batch", "alerts judgement", "alerts delivery"]
    assert set(way) <= found.keys()
    assert linked(found["ingest batch"]) == {int(TRACE_ID, 16)}
    for earlier, later in pairwise(way):
        assert linked(found[later]) == {found[earlier].context.trace_id}, later
        assert found[later].parent is None


async def test_without_a_collector_nothing_is_traced_and_messages_carry_nothing(
    story: Story, pool: Any, client: Client
) -> None:
    await story.person(cadence_days=14)
    await journey(story, pool, client, [setback(1, traceparent=TRACEPARENT)])

    assert traces.headers() is None
    assert await story.connection.fetchval("select count(*) from projector.traces") == 0


def test_a_context_that_is_none_is_no_link(spans: InMemorySpanExporter) -> None:
    with traces.span("batch", ["", "00-0-0-00", f"00-{'0' * 32}-{SPAN_ID}-01", TRACEPARENT, TRACEPARENT]):
        pass

    [span] = spans.get_finished_spans()
    assert [link.context.span_id for link in span.links] == [int(SPAN_ID, 16)]


async def test_a_touchpoint_can_be_followed_in_the_logs_and_no_address_or_name_is_in_them(
    story: Story, pool: Any, client: Client, written: StringIO
) -> None:
    await story.person(cadence_days=14)
    await story.happens(-20)
    refused = setback(7) | {"id": "ana@corp.example", "time": "never", "bo@corp.example": 1}
    await journey(story, pool, client, [setback(3), refused])

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    [taken, refusal] = [line for line in lines if line["logger"] == "ingest"]
    assert taken["batch"].startswith("INTAKE:")
    assert taken["outcomes"] == {"accepted": 1, "rejected": 1}
    assert (refusal["batch"], refusal["source"], refusal["event_id"]) == (taken["batch"], "crm", None)
    [projected] = [line for line in lines if line["logger"] == "projector"]
    assert projected["batch"] in taken["stored"]
    told = [line for line in lines if line["logger"] == "alerts"]
    alert = await story.connection.fetchrow(
        "select alert_id, delivery_id from alerts.deliveries where channel = 'nats'"
    )
    assert {(line["alert_id"], line["delivery_id"]) for line in told} == {tuple(map(str, alert))}
    assert not any(word in written.getvalue().lower() for word in ("@corp", "ana"))
