"""The webhooks of Microsoft Graph and Google Calendar: they name what has changed, and whoever follows it is nudged.

A notification proves its source by that source's HTTP token: Graph sends it as clientState, Google as channel token.
It holds no facts, so nothing is stored; `attune follow` fetches them, at once when nudged and at intervals anyway.
https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
https://developers.google.com/calendar/api/guides/push
"""

from http import HTTPStatus
from typing import Any

import nats.errors
import orjson
from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.ingest.pages import Answer, body_of
from shared.plumbing.sources import Sources

SUBJECT_NUDGE = "nudges"
VALIDATION_TOKEN_MAX = 4_096
STATE_MAX = 256
"""Characters; Google sends a channel token of so many at most, Graph a clientState of half of it."""
NOTHING_CHANGED = "sync"
"""Google's first message: the channel stands."""


class Webhooks:
    """Takes notifications, and nudges whoever follows their sources."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.client: Client | None = None
        self.app = Starlette(
            routes=[
                Route("/webhooks/graph", self.graph, methods=["POST"]),
                Route("/webhooks/gcal", self.gcal, methods=["POST"]),
            ],
            exception_handlers={Answer: lambda _, answer: answer.response},
        )

    async def graph(self, request: Request) -> Response:
        """Echo a validation token as plain text; else nudge for each source whose clientState is right, 202."""
        if (token := request.query_params.get("validationToken")) is not None:
            return echoed(token)
        sources = {source for state in states_of(await body_of(request)) if (source := self._proven(state))}
        if not sources:
            raise Answer(HTTPStatus.UNAUTHORIZED, "clientState must be the HTTP token of a source")
        await self._nudge(sources)
        return Response(status_code=HTTPStatus.ACCEPTED)

    async def gcal(self, request: Request) -> Response:
        """Nudge for the source whose token the channel bears."""
        source = self._proven(request.headers.get("x-goog-channel-token"))
        if source is None:
            raise Answer(HTTPStatus.UNAUTHORIZED, "X-Goog-Channel-Token must be the HTTP token of a source")
        state = request.headers.get("x-goog-resource-state")
        if not state or "x-goog-channel-id" not in request.headers:
            raise Answer(HTTPStatus.BAD_REQUEST, "X-Goog-Channel-ID and X-Goog-Resource-State are required")
        if state != NOTHING_CHANGED:
            await self._nudge({source})
        return Response(status_code=HTTPStatus.OK)

    def _proven(self, state: object) -> str | None:
        return self.sources.of_token(state) if isinstance(state, str) and 0 < len(state) <= STATE_MAX else None

    async def _nudge(self, sources: set[str]) -> None:
        if self.client is None or not self.client.is_connected:
            raise Answer(HTTPStatus.SERVICE_UNAVAILABLE, "NATS is away: send it again")
        try:
            for source in sorted(sources):
                await self.client.publish(f"{SUBJECT_NUDGE}.{source}", b"")
        except (nats.errors.Error, OSError) as error:
            raise Answer(HTTPStatus.SERVICE_UNAVAILABLE, f"NATS is away: {error!r}") from error


def echoed(token: str) -> Response:
    """Return the token as Graph wants it back: as text, which no browser may take for anything else."""
    if len(token) > VALIDATION_TOKEN_MAX:
        raise Answer(HTTPStatus.BAD_REQUEST, f"validationToken may hold {VALIDATION_TOKEN_MAX} characters at most")
    return PlainTextResponse(token, headers={"X-Content-Type-Options": "nosniff"})


def states_of(body: bytes) -> list[Any]:
    """Return the clientState of every notification."""
    try:
        found = orjson.loads(body)
        return [notification.get("clientState") for notification in found["value"]]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        rule = "the body must be a collection of change notifications: a JSON object with `value`"
        raise Answer(HTTPStatus.BAD_REQUEST, rule) from None
