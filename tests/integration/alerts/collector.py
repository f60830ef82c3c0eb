"""A real HTTP server that takes webhooks and answers what it was told to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

from standardwebhooks import Webhook, WebhookVerificationError


class Request(NamedTuple):
    """What came in."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Collector:
    """The requests so far, and the answers to come: status and headers; 204 when none is left."""

    url: str
    requests: list[Request] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    secret: str | None = None
    """Where it is set, what is not signed with it is answered 401, as a careful receiver would."""

    def accepts(self, headers: Mapping[str, str], body: str) -> bool:
        """Ask the public library."""
        if self.secret is None:
            return True
        try:
            Webhook(self.secret).verify(body, dict(headers))
        except WebhookVerificationError:
            return False
        return True


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run the server while the block lasts."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length).decode()
            if len(body.encode()) < length:
                return  # who was killed amid a request has told nothing
            collector.requests.append(Request(self.path, dict(self.headers), body))
            status, headers = collector.answers.pop(0) if collector.answers else (204, {})
            if not collector.accepts(dict(self.headers), body):
                status, headers = 401, {}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Receiver)
    collector = Collector(f"http://127.0.0.1:{server.server_port}/hook")
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
