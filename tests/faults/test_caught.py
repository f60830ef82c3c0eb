"""Whoever is killed with work in hand that is not stored yet: the work was not acknowledged, so somebody does it."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import orjson
import pytest

from shared.plumbing import clock
from shared.plumbing.counted import counted
from shared.plumbing.credentials import Credentials
from shared.plumbing.jetstream import ACCEPTED, CONSUMERS, INTAKE, STREAMS, connect
from tests import house
from tests.house import House, is_ready, until

PEOPLE = [f"person-{i}@corp.example" for i in range(8)]
BROKEN = {"kind": "commitment", "direction": "outbound", "commitment": {"ref": "launch", "state": "broken", "by": "us"}}


@dataclass
class Receiver:
    """A webhook's receiver that answers only when it is allowed to."""

    url: str
    answering: Event = field(default_factory=Event)
    heard: list[tuple[str, str]] = field(default_factory=list)
    """The id and the body of every request, answered or not."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            receiver.heard.append((self.headers["webhook-id"], body))
            receiver.answering.wait(60)
            try:
                self.send_response(204)
                self.end_headers()
            except OSError:
                pass  # who asked was killed

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.answering.set()
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module", name="receiver")
def _receiver() -> Iterator[Receiver]:
    with receiving() as ours:
        yield ours


@pytest.fixture(scope="module")
def attune(receiver: Receiver) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_WEBHOOK_URL", receiver.url)
        patch.setenv("ATTUNE_WEBHOOK_ALLOW_PRIVATE", "true")
        patch.setenv("ATTUNE_WEBHOOK_SECRET", "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==")
        with house.opened() as running:
            running.roster(PEOPLE)
            yield running


@pytest.fixture(scope="module")
def acme(attune: House) -> Credentials:
    return attune.source("acme")


def events(tag: str, **data: Any) -> list[dict[str, Any]]:
    """Return one event of each person, just now."""
    said = data or {"kind": "email", "direction": "inbound"}
    return [event(f"{tag}-{number}", address, **said) for number, address in enumerate(PEOPLE)]


def event(event_id: str, address: str, **said: Any) -> dict[str, Any]:
    """Return one event of somebody, just now."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "crm/export",
        "type": "attune.touchpoint.v1",
        "time": (clock.now() - timedelta(seconds=5)).isoformat(),
        "data": {"people": [{"address": address}], **said},
    }


async def report(acme: Credentials, said: list[dict[str, Any]]) -> None:
    """Publish as a connector does, and return once NATS has acknowledged."""
    client = await connect(acme.nats_url, "acme", acme.inbox_prefix)
    for event in said:
        await client.jetstream().publish(acme.subject, orjson.dumps(event))
    await client.close()


async def begun_anew(attune: House, name: str) -> None:
    """Return once the service that was killed takes work again."""
    await until(lambda: is_ready(attune.runtime.http[name]), seconds=60)


async def settled(attune: House) -> None:
    client = await attune.nats()
    async with asyncio.timeout(60):
        await counted(client.jetstream(), lambda _done, _all: None)
    await client.close()


async def taken(attune: House, stream: str) -> bool:
    """Tell whether somebody has messages of the stream in hand, or has acknowledged them all."""
    client = await attune.nats()
    info = await client.jetstream().consumer_info(stream, str(CONSUMERS[stream].durable_name))
    await client.close()
    return bool(info.num_ack_pending) or not info.num_pending


async def times_logged(attune: House, tag: str) -> list[int]:
    connection = await attune.postgres()
    rows = await connection.fetch(
        "select count(*) as times from attune.touchpoints where id like $1 group by id", f"{tag}-%"
    )
    await connection.close()
    return [row["times"] for row in rows]


async def test_ingest_acknowledges_nothing_that_is_not_stored_further_on(attune: House, acme: Credentials) -> None:
    client = await attune.nats()
    stream = next(stream for stream in STREAMS if stream.name == ACCEPTED)
    # It takes nothing more, as on a full disk.
    await client.jetstream().update_stream(replace(stream, max_msg_size=1))

    await report(acme, events("ingest"))
    await until(lambda: taken(attune, INTAKE))
    await asyncio.sleep(0.3)
    attune.signal("ingest", signal.SIGKILL)
    await client.jetstream().update_stream(stream)
    await begun_anew(attune, "ingest")
    await settled(attune)
    await client.close()

    assert await times_logged(attune, "ingest") == [1] * len(PEOPLE)


async def test_the_projector_acknowledges_nothing_that_is_not_committed(attune: House, acme: Credentials) -> None:
    connection = await attune.postgres()
    async with connection.transaction():
        # Nobody else folds meanwhile.
        await connection.execute("select pg_advisory_xact_lock(hashtext('attune.fold'))")
        await report(acme, events("projector"))
        await until(lambda: taken(attune, INTAKE))
        await until(lambda: taken(attune, ACCEPTED))
        await asyncio.sleep(1)
        attune.signal("projector", signal.SIGKILL)
    await connection.close()
    await begun_anew(attune, "projector")
    await settled(attune)

    assert await times_logged(attune, "projector") == [1] * len(PEOPLE)


async def test_alerts_sends_again_under_the_same_id_what_nobody_has_answered(
    attune: House, acme: Credentials, receiver: Receiver
) -> None:
    await report(acme, events("alerts", **BROKEN))
    await until(lambda: asyncio.sleep(0, bool(receiver.heard)), seconds=60)
    await asyncio.sleep(0.3)
    attune.signal("alerts", signal.SIGKILL)
    unanswered = dict(receiver.heard)
    receiver.answering.set()
    await begun_anew(attune, "alerts")
    connection = await attune.postgres()

    async def all_delivered() -> bool:
        told = await connection.fetchrow(
            "select count(distinct alert_id) as alerts, bool_and(delivered_at is not null) as is_all "
            "from attune.deliveries where channel = 'webhook'"
        )
        return bool(told["alerts"] == len(PEOPLE) and told["is_all"])

    await until(all_delivered, seconds=120)
    ids = await connection.fetch("select id::text as id, payload from alerts.deliveries join attune.deliveries "
                                 "on id = delivery_id where attune.deliveries.channel = 'webhook'")  # fmt: skip
    await connection.close()

    assert unanswered
    assert {row["id"] for row in ids} <= {heard for heard, _ in receiver.heard}
    assert all(receiver.heard.count((heard, body)) >= 2 for heard, body in unanswered.items())
    # Under one id, byte for byte: so that a receiver can tell what it has had.
    assert all(body == dict(receiver.heard)[heard] for heard, body in receiver.heard)


def test_after_all_that_everything_is_found_in_order(attune: House) -> None:
    answer = orjson.loads(attune.attune("check", "--json"))

    assert answer["differences"] == []
    assert answer["broken"] == []
