"""What comes in over HTTP, in whole and in batches."""

import asyncio
import http.client
import signal
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from services.ingest.pages import BATCH, BODY_BYTES_MAX, SINGLE
from shared.plumbing.credentials import Credentials
from shared.plumbing.rejections import original_of
from tests.certificates import Authority
from tests.front import front
from tests.house import House
from tests.integration.ingest.intake import Intake
from tests.integration.ingest.reports import report


@pytest.fixture
async def http_client(acme: Credentials) -> AsyncIterator[httpx.AsyncClient]:
    """A client that knows the source's token."""
    token = {"Authorization": f"Bearer {acme.http_token}"}
    async with httpx.AsyncClient(base_url=acme.http_url.removesuffix("/events"), headers=token, timeout=30) as client:
        yield client


async def post(client: httpx.AsyncClient, body: Any, media_type: str = SINGLE, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) or hasattr(body, "__anext__") else orjson.dumps(body)
    return await client.post("/events", content=content, headers={"Content-Type": media_type, **headers})


async def test_a_single_event_is_accepted_and_counts(http_client: httpx.AsyncClient, intake: Intake) -> None:
    event = report()

    answer = await post(http_client, event)
    await intake.settled()

    assert answer.status_code == 202
    assert answer.json() == {"results": [{"id": event["id"], "result": "accepted", "touchpoints": 1}]}
    assert await intake.logged([event["id"]]) == [event["id"]]


async def test_a_proxy_speaks_tls_for_ingest_and_no_token_goes_to_whom_a_stranger_vouches_for(
    acme: Credentials, intake: Intake, tmp_path: Path
) -> None:
    ours, stranger = (Authority.made(tmp_path / name) for name in ("ours", "stranger"))
    where, heard = urlsplit(acme.http_url), report()

    async def shaken(_: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        await writing.start_tls(ours.context())

    async with front(lambda: asyncio.open_connection(where.hostname, where.port), shaken) as port:
        told: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {acme.http_token}"},
            "base_url": f"https://127.0.0.1:{port}",
        }
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=ours.ca), **told) as client:
            assert (await post(client, heard)).status_code == 202
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=stranger.ca), **told) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await post(client, report())
    await intake.settled()

    assert await intake.logged([heard["id"]]) == [heard["id"]]


async def test_a_batch_tells_of_each_event_what_became_of_it(http_client: httpx.AsyncClient, intake: Intake) -> None:
    good, declined = report(), report(kind="meeting", people=[{"address": "b@corp.example", "response": "declined"}])
    bad = report(kind="disclosure", depth=2)

    answer = await post(http_client, [good, declined, bad], f"{BATCH}; charset=utf-8")
    await intake.settled()

    assert answer.status_code == 202
    one, two, three = answer.json()["results"]
    assert one == {"id": good["id"], "result": "accepted", "touchpoints": 1}
    assert two == {"id": declined["id"], "result": "dropped", "reason": "declined"}
    assert (three["id"], three["result"], three["field"], three["value"]) == (bad["id"], "rejected", "data.depth", "2")
    assert await intake.logged(event["id"] for event in (good, declined, bad)) == [good["id"]]
    (refused,) = await intake.rejected()
    assert (refused["reason"], refused["source"], refused["original"]) == (
        three["reason"],
        "acme",
        orjson.dumps(bad).decode(),
    )


async def test_a_retraction_is_taken(http_client: httpx.AsyncClient, intake: Intake) -> None:
    event = report()
    taken_back = {"source": event["source"], "id": event["id"]}
    retraction = {**event, "id": f"{event['id']}-back", "type": "attune.retraction.v1", "data": taken_back}

    answer = await post(http_client, [event, retraction], BATCH)
    await intake.settled()

    assert [result["result"] for result in answer.json()["results"]] == ["accepted", "retracted"]
    assert await intake.database.fetchval("select retracted from attune.touchpoints where id = $1", event["id"])


@pytest.mark.parametrize(
    ("body", "media_type", "field", "value"),
    [
        (report(kind="setback", severity=7), SINGLE, "data.severity", "7"),
        ({**report(), "time": "2026-11-20T10:00:00"}, SINGLE, "time", "'2026-11-20T10:00:00'"),
        (b'{"specversion":', SINGLE, "message", "not JSON"),
        (b"", SINGLE, "message", "not JSON"),
        (b"[]", BATCH, "message", "[]"),
        (b"[{]", BATCH, "message", "not JSON"),
        (b"[" * 10_000, BATCH, "message", "not JSON"),
        (b'{"a":' * 10_000, SINGLE, "message", "not JSON"),
        (b'{"id": "\\ud800"}', SINGLE, "message", "not JSON"),
        (b"\xff\xfe", SINGLE, "message", "not JSON"),
    ],
)
async def test_what_is_wrong_is_answered_by_field_value_and_rule_and_kept_as_it_came(
    http_client: httpx.AsyncClient, intake: Intake, body: Any, media_type: str, field: str, value: str
) -> None:
    answer = await post(http_client, body, media_type)
    await intake.settled()

    assert answer.status_code == 400
    told = answer.json()
    assert (told["field"], told["value"]) == (field, value)
    assert told["rule"]
    (refused,) = await intake.rejected()
    assert (refused["reason"], refused["source"]) == (told["error"], "acme")
    assert original_of(refused) == (body if isinstance(body, bytes) else orjson.dumps(body))


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [(b"[]", SINGLE, "one event"), (b"{}", BATCH, "JSON array"), (b"", BATCH, "JSON array")],
)
async def test_the_body_must_be_what_the_media_type_says(
    http_client: httpx.AsyncClient, body: bytes, media_type: str, said: str
) -> None:
    answer = await post(http_client, body, media_type)

    assert answer.status_code == 400
    assert said in answer.json()["error"]


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
async def test_another_media_type_is_415_and_names_both_that_would_do(
    http_client: httpx.AsyncClient, media_type: str
) -> None:
    answer = await post(http_client, report(), media_type)

    assert answer.status_code == 415
    assert SINGLE in answer.json()["error"]
    assert BATCH in answer.json()["error"]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic YWNtZTp4", "Bearer \xfc"])
async def test_without_the_sources_token_nothing_is_taken(
    http_client: httpx.AsyncClient, intake: Intake, authorization: str
) -> None:
    event = report()

    answer = await http_client.post(
        "/events",
        content=orjson.dumps(event),
        headers=[(b"Content-Type", SINGLE.encode()), (b"Authorization", authorization.encode("latin-1"))],
    )
    await intake.settled()

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await intake.logged([event["id"]]) == []


async def test_the_token_and_not_the_event_says_whose_it_is(
    attune: House, http_client: httpx.AsyncClient, intake: Intake
) -> None:
    other = attune.source("other")
    event = {**report(), "source": "acme"}

    answer = await post(http_client, event, Authorization=f"Bearer {other.http_token}")
    await intake.settled()

    assert answer.status_code == 202
    source = await intake.database.fetchval("select source from attune.touchpoints where id = $1", event["id"])
    assert source == "other"
    assert await intake.logged([event["id"]]) == []


async def test_a_token_that_was_replaced_is_void(attune: House, http_client: httpx.AsyncClient) -> None:
    old = attune.source("rotating")
    attune.attune("source", "add", "rotating", "--rotate")

    answer = await post(http_client, report(), Authorization=f"Bearer {old.http_token}")

    assert answer.status_code == 401


async def test_a_body_over_1_mib_is_413_and_one_of_just_that_size_is_read(http_client: httpx.AsyncClient) -> None:
    full, over = (b" " * (BODY_BYTES_MAX - 2 + more) + b"[]" for more in (0, 1))

    assert (await post(http_client, full, BATCH)).status_code == 400  # an empty batch, read to its end
    assert (await post(http_client, over, BATCH)).status_code == 413


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_whoever_posts_10_mb_hears_413_and_is_not_cut_off(
    http_client: httpx.AsyncClient, is_chunked: bool
) -> None:
    async def chunked() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b" " * 65_536

    answer = await post(http_client, chunked() if is_chunked else b" " * 10_485_760)

    assert answer.status_code == 413
    assert answer.json()["error"] == "a body may hold 1048576 bytes at most"


async def test_an_endless_body_without_a_length_is_413(acme: Credentials) -> None:
    def endless() -> Iterator[bytes]:
        while time.monotonic() < began + 5:
            yield b" " * 65_536

    connection = http.client.HTTPConnection(urlsplit(acme.http_url).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {acme.http_token}", "Content-Type": BATCH}
    began = time.monotonic()
    with suppress(OSError):  # it no longer listens, and has answered
        connection.request("POST", "/events", endless(), headers, encode_chunked=True)

    answer = connection.getresponse()

    assert answer.status == 413
    assert time.monotonic() - began < 5
    connection.close()


@pytest.mark.parametrize("body", [[report()] * 1001, b"[" + b"0," * 400_000 + b"0]"])
async def test_more_than_1000_events_are_413_and_none_is_taken(
    http_client: httpx.AsyncClient, intake: Intake, body: Any
) -> None:
    answer = await post(http_client, body, BATCH)
    await intake.settled()

    assert answer.status_code == 413
    assert await intake.rejected() == []


async def test_1000_events_are_taken(http_client: httpx.AsyncClient, intake: Intake) -> None:
    events = [report() for _ in range(1000)]

    answer = await post(http_client, events, BATCH)
    await intake.settled()

    assert answer.status_code == 202
    assert len(await intake.logged(event["id"] for event in events)) == 1000


async def test_while_nats_stands_still_it_says_come_back_and_then_takes_the_same_request(
    attune: House, http_client: httpx.AsyncClient, intake: Intake
) -> None:
    event = report()
    attune.signal("nats", signal.SIGSTOP)
    try:
        ready = await http_client.get("/readyz")
        away = await post(http_client, event)
    finally:
        attune.signal("nats", signal.SIGCONT)

    again = await post(http_client, event)
    await intake.settled()

    assert ready.status_code == 503
    assert (away.status_code, away.headers["Retry-After"]) == (503, "1")
    assert again.status_code == 202
    assert await intake.logged([event["id"]]) == [event["id"]]


async def test_ingest_tells_that_it_lives_and_what_it_has_done(http_client: httpx.AsyncClient) -> None:
    accepted = 'attune_ingest_events_total{outcome="accepted",source="acme"}'
    dropped = 'attune_ingest_dropped_total{reason="role address",source="acme"}'
    both = [report(), report("info@corp.example")]
    await post(http_client, both, BATCH)
    before = (await http_client.get("/metrics")).text

    await post(http_client, both, BATCH)

    after = (await http_client.get("/metrics")).text
    for counted in (accepted, dropped):
        assert value(after, counted) == value(before, counted) + 1
    assert (await http_client.get("/livez")).status_code == 200
    assert (await http_client.get("/readyz")).status_code == 200


def value(metrics: str, name: str) -> float:
    """Return one figure of a page of metrics."""
    return next(float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name))


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/events", 405), ("POST", "/event", 404)])
async def test_what_is_not_offered_is_said(http_client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    assert (await http_client.request(method, path)).status_code == status
