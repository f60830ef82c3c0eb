"""The HTTP edge of ingest: `POST /events`, CloudEvents single or batch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson
from nats.js import JetStreamContext
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.ingest.counts import count
from services.ingest.interpret import TOO_MANY, Outcome, Policy, interpret
from services.ingest.publish import publish
from services.ingest.report import Report
from shared.errors import Unavailable
from shared.plumbing import clock, traces
from shared.plumbing.sources import Sources

BODY_BYTES_MAX = 1024 * 1024
EVENTS_MAX = 1_000
DISCARDED_BYTES_MAX = 32 * 1024 * 1024
DISCARDED_SECONDS_MAX = 2.0
SINGLE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


class Answer(Exception):  # noqa: N818 -- it carries a response, it is not an error
    """Ends a request early with its response."""

    def __init__(self, status: HTTPStatus, error: str, **more: Any) -> None:
        super().__init__(error)
        self.response = _json(status, {"error": error, **more})


class Events:
    """Takes events in over HTTP for the source whose token came with them."""

    def __init__(self, policy: Policy, sources: Sources) -> None:
        self.policy = policy
        self.sources = sources
        self.jetstream: JetStreamContext | None = None
        self.app = Starlette(
            routes=[Route("/events", self.post, methods=["POST"])],
            exception_handlers={Answer: lambda _, answer: answer.response},
        )

    async def post(self, request: Request) -> Response:
        """Answer 202 with one result per event once all are stored; a refused single event gets 400."""
        source = self._proven(request)
        is_batch = _is_batch(request)
        body = await body_of(request)
        if is_batch and body.lstrip()[:1] != b"[":
            raise Answer(HTTPStatus.BAD_REQUEST, f"{BATCH} must hold a JSON array")
        if not is_batch and body.lstrip()[:1] == b"[":
            raise Answer(HTTPStatus.BAD_REQUEST, f"{SINGLE} must hold one event; send an array as {BATCH}")
        received_at = clock.now()
        outcomes = interpret(body, source, received_at, self.policy)
        if len(outcomes) > EVENTS_MAX or (outcomes[0].refusal and outcomes[0].refusal.rule == TOO_MANY):
            raise Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a batch may hold {EVENTS_MAX} events at most")
        with traces.span("ingest request", traces.carried_by(body, request.headers), events=len(outcomes)):
            await self._send_on([Report(source, outcome) for outcome in outcomes], received_at)
        return _answer(outcomes)

    def _proven(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        source = self.sources.of_token(token.strip()) if scheme.lower() == "bearer" else None
        if source is None:
            raise Answer(
                HTTPStatus.UNAUTHORIZED,
                "send the source's token as `Authorization: Bearer …`; `attune source add NAME` prints one",
            )
        return source

    async def _send_on(self, reports: list[Report], received_at: Any) -> None:
        if self.jetstream is None:
            raise Answer(HTTPStatus.SERVICE_UNAVAILABLE, "starting: try again in a moment")
        try:
            await publish(reports, received_at, self.jetstream, self.policy)
        except Unavailable as error:
            raise Answer(HTTPStatus.SERVICE_UNAVAILABLE, f"not stored, send it again: {error}") from error
        count(reports)


def _is_batch(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {SINGLE, BATCH}:
        raise Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type must be {SINGLE} or {BATCH}")
    return media_type == BATCH


async def body_of(request: Request) -> bytes:
    """Read the body, and stop reading where it becomes too long."""
    body, chunks = bytearray(), request.stream()
    try:
        async for chunk in chunks:
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                await discard(chunks)
                raise Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body may hold {BODY_BYTES_MAX} bytes at most")
    except ClientDisconnect:
        raise Answer(HTTPStatus.BAD_REQUEST, "the connection closed before the body ended") from None
    return bytes(body)


async def discard(chunks: AsyncIterator[bytes]) -> None:
    """Take what is still to come, within reason: most clients hear no answer before they have said all."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARDED_SECONDS_MAX):
            async for chunk in chunks:
                size += len(chunk)
                if size > DISCARDED_BYTES_MAX:
                    return


def _answer(outcomes: list[Outcome]) -> Response:
    refused = outcomes[0].refusal
    if len(outcomes) == 1 and refused:
        return _json(HTTPStatus.BAD_REQUEST, {"error": str(refused), **refused._asdict()})
    return _json(HTTPStatus.ACCEPTED, {"results": [_result(outcome) for outcome in outcomes]})


def _result(outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {"id": outcome.event_id, "result": outcome.word}
    if outcome.refusal:
        return result | {"reason": str(outcome.refusal), **outcome.refusal._asdict()}
    if outcome.dropped:
        return result | {"reason": outcome.dropped}
    return result | {"touchpoints": len(outcome.touchpoints)}


def _json(status: HTTPStatus, document: dict[str, Any]) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["Connection"] = "close"  # or what is still to come would be read, to its end if it has one
    return Response(orjson.dumps(document), status, headers, "application/json")
