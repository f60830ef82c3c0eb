"""A second chance for refused events, by those who may."""

import re
from collections.abc import AsyncIterator

import orjson
import pytest

from services.console.means import Means
from services.console.visitor import Role
from shared.events.refusal import Refusal
from shared.plumbing.clock import now
from shared.plumbing.jetstream import REJECTED, connect, declare
from shared.plumbing.rejections import CONFLICT, rejection
from shared.vocabulary import SUBJECT_REJECTED
from tests.integration.console.desk import Desk

API = "/api/v1"


@pytest.fixture
async def refused(means: Means, nats_url: str) -> AsyncIterator[list[int]]:
    """Two refused events: one that may be tried again, one that never can be."""
    means.nats = await connect(nats_url, "test")
    jetstream = means.jetstream()
    await declare(jetstream)
    await jetstream.purge_stream(REJECTED)
    kept = [
        rejection(Refusal("time", "2099", "must not lie ahead"), "crm", "a", b'{"id": "a"}', now()),
        rejection(Refusal("id", "b", CONFLICT), "crm", "b", b"<b>", now()),
    ]
    yield [(await jetstream.publish(SUBJECT_REJECTED, message)).seq for message in kept]
    await jetstream.purge_stream(REJECTED)
    await means.nats.close()


async def test_a_refused_event_is_shown_with_its_reason_and_tried_again_once(desk: Desk, refused: list[int]) -> None:
    await desk.sign_in(Role.OPERATOR)
    page = await desk.page("/sources")
    csrf = await desk.csrf()
    first, second = refused

    again = await desk.client.post(
        f"/sources/rejected/{first}/retry", data={"csrf": csrf}, headers={"hx-request": "true"}
    )
    twice = await desk.client.post(f"/sources/rejected/{first}/retry", data={"csrf": csrf})
    final = await desk.client.post(
        f"/sources/rejected/{second}/retry", data={"csrf": csrf}, headers={"hx-request": "true"}
    )

    assert "time: must not lie ahead" in page
    assert "&lt;b&gt;" in page
    assert "Published again" in again.text
    assert "must not lie ahead" not in again.text
    assert twice.status_code == 404
    assert "It stays refused" in final.text
    outcomes = await desk.connection.fetch("select outcome from console.audit where action = 'retry' order by number")
    assert [row["outcome"] for row in outcomes] == ["done", "refused"]


async def test_the_system_page_says_what_waits_and_which_servers_there_are(desk: Desk, refused: list[int]) -> None:
    assert len(refused) == 2
    await desk.sign_in(Role.VIEWER)

    page = await desk.page("/system")

    assert "Waits for rejections</dt><dd>2</dd>" in page
    assert re.search(r"NATS</dt><dd>2\.\d+\.\d+</dd>", page)


async def test_refused_events_are_for_those_who_see_every_initiative(desk: Desk, refused: list[int]) -> None:
    await desk.story.person("ana")
    limited, viewer = await desk.token(Role.OPERATOR, ["change"]), await desk.token(Role.VIEWER)

    hidden = await desk.client.get(f"{API}/rejected", headers=limited)
    shown = await desk.client.get(f"{API}/rejected", headers=viewer)
    tried = await desk.client.post(f"{API}/rejected/{refused[0]}/retry", headers=viewer)

    assert hidden.status_code == 403
    assert [row["id"] for row in orjson.loads(shown.content)] == refused
    assert tried.status_code == 403
