"""Fetching from a server that means no good, and from one that does."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from services.ingest import fetch as subject
from services.ingest.fetch import fetch, shown, url_of
from shared.errors import Refused, Unavailable

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def served(answer: Answer) -> Iterator[httpx.URL]:
    """Answer every GET so while the block lasts."""

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield httpx.URL(f"http://localhost:{server.server_port}/secret.ics")
        server.shutdown()


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


async def test_what_has_not_changed_is_not_sent_again() -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        known = request.headers["if-none-match"] == '"7"' and request.headers["if-modified-since"] == "yesterday"
        answering(304 if known else 200, b"" if known else b"BODY", ETag='"7"', Last_Modified="yesterday")(request)

    with served(answer) as url:
        first = await fetch(url, {}, allow_private=False)
        again = await fetch(url, first.validators, allow_private=False)

    assert first.body == b"BODY"
    assert again.body is None
    assert again.validators == first.validators


async def test_the_name_and_password_of_the_url_are_told_to_its_own_server_only() -> None:
    seen: list[str | None] = []

    def elsewhere(request: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["authorization"])
        answering(200, b"BODY")(request)

    with served(elsewhere) as other:

        def answer(request: http.server.BaseHTTPRequestHandler) -> None:
            seen.append(request.headers["authorization"])
            answering(302, Location=str(other))(request)

        with served(answer) as url:
            await fetch(url.copy_with(username="me", password="secret"), {}, allow_private=True)  # noqa: S106 -- no real one

    assert seen == ["Basic bWU6c2VjcmV0", None]


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "http://[::1]/x", "http://10.0.0.1/x", "http://0/x"],
)
async def test_a_redirect_into_our_own_network_is_not_followed(address: str) -> None:
    with served(answering(302, Location=address)) as url, pytest.raises(Refused, match="not a public address"):
        await fetch(url, {}, allow_private=False)


@pytest.mark.parametrize("address", ["http://169.254.169.254/latest", "http://192.168.0.1/a.ics", "http://[fe80::1]/a"])
async def test_an_address_in_our_own_network_is_fetched_only_where_that_is_switched_on(address: str) -> None:
    with pytest.raises(Refused, match="ATTUNE_CALENDAR_ALLOW_PRIVATE"):
        await fetch(url_of(address), {}, allow_private=False)


async def test_a_redirect_to_another_protocol_is_refused() -> None:
    with served(answering(302, Location="file:///etc/passwd")) as url, pytest.raises(Refused, match="must be an http"):
        await fetch(url, {}, allow_private=True)


async def test_a_circle_of_redirects_ends() -> None:
    with (
        served(answering(302, Location="/secret.ics")) as url,
        pytest.raises(Refused, match="redirects more than 5 times"),
    ):
        await fetch(url, {}, allow_private=False)


async def test_more_than_a_calendar_may_hold_is_refused_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BYTES_MAX", 1000)

    with served(answering(200, b"x" * 2000)) as url, pytest.raises(Refused, match="more than 1000 bytes"):
        await fetch(url, {}, allow_private=False)


async def test_a_server_that_trickles_holds_us_no_longer_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "SECONDS_MAX", 0.5)
    over = threading.Event()

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not over.wait(0.05):
            try:
                request.wfile.write(b"x")
            except OSError:
                return

    with served(answer) as url:
        with pytest.raises(Unavailable, match=r"no answer in 0\.5 s"):
            await fetch(url, {}, allow_private=False)
        over.set()


@pytest.mark.parametrize(("status", "kind"), [(404, Refused), (401, Refused), (503, Unavailable), (429, Unavailable)])
async def test_what_a_server_refuses_is_told_without_the_secret_of_the_address(
    status: int, kind: type[Exception]
) -> None:
    with served(answering(status)) as url, pytest.raises(kind) as refused:
        await fetch(url, {}, allow_private=False)

    assert str(status) in str(refused.value)
    assert "secret.ics" not in str(refused.value)


@pytest.mark.parametrize("text", ["ftp://x.example/a.ics", "http://", "http://[::1/x", "webcal:///x"])
def test_what_is_no_address_of_a_calendar_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        url_of(text)


def test_webcal_is_fetched_by_https() -> None:
    assert url_of("webcal://x.example/a.ics") == httpx.URL("https://x.example/a.ics")
    assert shown(url_of("webcal://u:p@x.example/a.ics?key=1")) == "https://x.example/…"
