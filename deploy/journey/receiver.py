"""Takes webhooks on port 8080, believes those whose signature is right, and gives them all back on GET."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

SIGNER = Webhook(Path("/run/secrets/webhook_secret").read_text().strip())
taken: list[dict[str, object]] = []


class Receiver(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        """Take an alert."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            SIGNER.verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.answer(401)
            return
        taken.append({"id": self.headers["webhook-id"], "alert": json.loads(body)})
        self.answer(204)

    def do_GET(self) -> None:
        """Say what was taken."""
        self.answer(200, json.dumps(taken).encode())

    def answer(self, code: int, body: bytes = b"") -> None:
        """Answer in full."""
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8080), Receiver).serve_forever()  # noqa: S104 -- inside its own container
