"""The webhooks of Microsoft Graph and Google Calendar, as they call them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from services.ingest.webhooks import SUBJECT_NUDGE, Webhooks
from shared.plumbing.credentials import Credentials
from shared.plumbing.jetstream import connect
from shared.plumbing.sources import Sources, digest

SECRET = "the HTTP token of ics"  # noqa: S105 -- of a test
CHANNEL = {"X-Goog-Channel-ID": "c", "X-Goog-Channel-Token": SECRET, "X-Goog-Resource-State": "exists"}


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    client = await connect(nats_url, "test")
    yield client
    await client.close()


@pytest.fixture
async def nudges(client: Client) -> Subscription:
    subscription = await client.subscribe(f"{SUBJECT_NUDGE}.>")
    await client.flush()
    return subscription


@pytest.fixture
async def http(client: Client) -> AsyncIterator[httpx.AsyncClient]:
    webhooks = Webhooks(Sources({"ics": digest(SECRET), "other": digest("something else")}))
    webhooks.client = client
    async with httpx.AsyncClient(transport=httpx.ASGITransport(webhooks.app), base_url="http://attune") as http:
        yield http


def notifications(*states: Any) -> dict[str, Any]:
    return {
        "value": [
            {"subscriptionId": "s", "clientState": state, "changeType": "updated", "resource": "Users/u/Events/e"}
            for state in states
        ]
    }


async def nudged(nudges: Subscription) -> list[str]:
    found = []
    try:
        while True:
            found.append((await nudges.next_msg(timeout=0.2)).subject)
    except TimeoutError:
        return found


async def test_graph_hears_its_validation_token_as_plain_text(http: httpx.AsyncClient) -> None:
    answer = await http.post("/webhooks/graph", params={"validationToken": "Validation: <b>&é"})

    assert (answer.status_code, answer.text) == (200, "Validation: <b>&é")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_notification_with_the_sources_token_nudges_once(http: httpx.AsyncClient, nudges: Subscription) -> None:
    answer = await http.post("/webhooks/graph", json=notifications(SECRET, SECRET, "wrong"))

    assert answer.status_code == 202
    assert await nudged(nudges) == ["nudges.ics"]


@pytest.mark.parametrize("state", ["wrong", "", None, 1, SECRET * 99])
async def test_a_notification_with_another_client_state_does_nothing(
    http: httpx.AsyncClient, nudges: Subscription, state: object
) -> None:
    answer = await http.post("/webhooks/graph", json=notifications(state))

    assert answer.status_code == 401
    assert await nudged(nudges) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"value": 1}', b'{"value": [1]}', b"\xff"])
async def test_what_is_no_notification_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/webhooks/graph", content=body)

    assert answer.status_code == 400
    assert "must be a collection of change notifications" in answer.json()["error"]


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        (CHANNEL, 200, ["nudges.ics"]),
        (CHANNEL | {"X-Goog-Resource-State": "sync"}, 200, []),
        (CHANNEL | {"X-Goog-Channel-Token": "wrong"}, 401, []),
        ({name: value for name, value in CHANNEL.items() if "Token" not in name}, 401, []),
        ({name: value for name, value in CHANNEL.items() if "State" not in name}, 400, []),
    ],
)
async def test_a_google_channel_proves_itself_by_its_token(
    http: httpx.AsyncClient, nudges: Subscription, headers: dict[str, str], status: int, expected: list[str]
) -> None:
    answer = await http.post("/webhooks/gcal", headers=headers)

    assert answer.status_code == status
    assert await nudged(nudges) == expected


async def test_without_nats_the_sender_is_asked_to_come_again(http: httpx.AsyncClient, client: Client) -> None:
    await client.close()

    assert (await http.post("/webhooks/gcal", headers=CHANNEL)).status_code == 503


async def test_a_running_attune_answers_both_and_knows_its_sources_by_their_tokens(
    acme: Credentials, admin: Client
) -> None:
    nudges = await admin.subscribe(f"{SUBJECT_NUDGE}.{acme.name}")
    await admin.flush()
    url = acme.http_url.removesuffix("/events") + "/webhooks"

    async with httpx.AsyncClient() as http:
        echo = await http.post(f"{url}/graph?validationToken=hello")
        graph = await http.post(f"{url}/graph", json=notifications(acme.http_token))
        google = await http.post(f"{url}/gcal", headers=CHANNEL | {"X-Goog-Channel-Token": acme.http_token})

    assert (echo.text, graph.status_code, google.status_code) == ("hello", 202, 200)
    assert await nudged(nudges) == [f"nudges.{acme.name}"] * 2
