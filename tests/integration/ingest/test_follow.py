"""Calendars at Microsoft and Google, followed on a server of ours that answers in their shapes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.ingest import api_client
from services.ingest.connectors.ics.expand import Window
from shared.errors import Refused, Unavailable
from shared.plumbing import clock
from tests.house import House
from tests.integration.ingest.reports import ANA

NOW = clock.now().replace(microsecond=0)
WINDOW = Window(NOW - timedelta(days=31), NOW + timedelta(days=90))
TOKEN = "of today"  # noqa: S105 -- of a test


class Api:
    """Answers what it was told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.asked: list[tuple[str, dict[str, list[str]], str | None]] = []

    def will_answer(self, *pages: dict[str, Any] | int) -> None:
        for page in pages:
            self.answers.append((page, {}) if isinstance(page, int) else (200, page))


@contextmanager
def serving(api: Api) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            api.asked.append((split.path, parse_qs(split.query), self.headers["authorization"]))
            status, page = api.answers.pop(0)
            body = json.dumps(page).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with serving(api):
        yield api


def event(name: str, starts_at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "iCalUID": f"{name}@google.com",
        "status": "confirmed",
        "start": {"dateTime": starts_at.isoformat()},
        "end": {"dateTime": (starts_at + timedelta(hours=1)).isoformat()},
        "organizer": {"email": "uli@acme.example"},
        "attendees": [{"email": ANA, "responseStatus": "accepted"}],
    } | more


def test_google_is_asked_for_all_pages_and_then_for_changes(api: Api) -> None:
    api.will_answer(
        {"items": [1], "nextPageToken": "p2"},
        {"items": [2], "nextSyncToken": "s1"},
        {"items": [], "nextSyncToken": "s2"},
    )

    first = api_client.gcal(f"{api.url}/calendars/primary", TOKEN, None, WINDOW)
    second = api_client.gcal(f"{api.url}/calendars/primary", TOKEN, first.mark, WINDOW)

    assert (first.mark, first.is_whole, len(first.pages)) == ("s1", True, 2)
    assert (second.mark, second.is_whole) == ("s2", False)
    paths, queries, tokens = zip(*api.asked, strict=True)
    assert set(paths) == {"/calendars/primary/events"}
    assert set(tokens) == {f"Bearer {TOKEN}"}
    assert queries[0] == {
        "singleEvents": ["true"],
        "maxResults": ["250"],
        "timeMin": [f"{WINDOW.begins_at:%Y-%m-%dT%H:%M:%SZ}"],
        "timeMax": [f"{WINDOW.ends_at:%Y-%m-%dT%H:%M:%SZ}"],
    }
    assert queries[1]["pageToken"] == ["p2"]
    assert queries[2] == {"singleEvents": ["true"], "maxResults": ["250"], "syncToken": ["s1"]}


def test_graph_is_followed_by_its_links(api: Api) -> None:
    api.will_answer(
        {"value": [], "@odata.nextLink": f"{api.url}/v1.0/me/calendarView/delta?$skiptoken=a"},
        {"value": [], "@odata.deltaLink": f"{api.url}/v1.0/me/calendarView/delta?$deltatoken=b"},
        {"value": [], "@odata.deltaLink": f"{api.url}/v1.0/me/calendarView/delta?$deltatoken=c"},
    )

    first = api_client.graph(f"{api.url}/v1.0/me", TOKEN, None, WINDOW)
    second = api_client.graph(f"{api.url}/v1.0/me", TOKEN, first.mark, WINDOW)

    assert (first.is_whole, second.is_whole) == (True, False)
    assert second.mark.endswith("$deltatoken=c")
    assert [query for _, query, _ in api.asked][1:] == [{"$skiptoken": ["a"]}, {"$deltatoken": ["b"]}]


@pytest.mark.parametrize("fetch", [api_client.gcal, api_client.graph])
def test_a_mark_that_is_too_old_means_everything_anew(api: Api, fetch: api_client.Fetch) -> None:
    api.will_answer(410, {"items": [], "value": [], "nextSyncToken": "new", "@odata.deltaLink": "new"})
    mark = f"{api.url}/delta?old" if fetch is api_client.graph else "old"

    found = fetch(api.url, TOKEN, mark, WINDOW)

    assert (found.mark, found.is_whole) == ("new", True)


def test_the_token_goes_to_no_other_server(api: Api) -> None:
    other = Api()
    with serving(other):
        api.will_answer({"value": [], "@odata.nextLink": f"{other.url}/delta"})

        with pytest.raises(Refused, match="which gets no token"):
            api_client.graph(api.url, TOKEN, None, WINDOW)

    assert other.asked == []


@pytest.mark.parametrize(
    ("status", "error"), [(401, Refused), (403, Refused), (404, Refused), (429, Unavailable), (503, Unavailable)]
)
def test_what_is_no_page_is_told(api: Api, status: int, error: type[Exception]) -> None:
    api.will_answer(status)

    with pytest.raises(error, match=f"127.0.0.1 answers {status}"):
        api_client.gcal(api.url, TOKEN, None, WINDOW)


async def test_a_calendar_is_followed_from_its_first_listing_through_a_change_and_a_removal(
    attune: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_OWN_DOMAINS", "acme.example")
    monkeypatch.setenv("ATTUNE_GOOGLE_TOKEN", TOKEN)
    tomorrow = NOW + timedelta(days=1)
    command = ["follow", "gcal", f"{api.url}/calendars/primary", "--source", "followed", "--json"]

    api.will_answer(
        {
            "items": [event("held", NOW - timedelta(days=2)), event("one", tomorrow), event("two", tomorrow)],
            "nextSyncToken": "s1",
        }
    )
    attune.attune(*command)
    moved = event("one", tomorrow + timedelta(hours=3), sequence=1)
    api.will_answer({"items": [moved, {"id": "two", "status": "cancelled"}], "nextSyncToken": "s2"})
    attune.attune(*command)

    assert [query.get("syncToken") for _, query, _ in api.asked] == [None, ["s1"]]
    connection = await attune.postgres()
    attune.attune("publish", "/dev/null", "--wait", "--source", "followed")
    rows = await connection.fetch(
        "select occurred_at from attune.touchpoints where source = 'followed' and not retracted order by occurred_at"
    )
    await connection.close()
    assert [row["occurred_at"] for row in rows] == [NOW - timedelta(days=2), tomorrow + timedelta(hours=3)]
