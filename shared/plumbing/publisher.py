"""How a connector publishes: packed into few messages, acknowledged, retried, and never for ever."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import nats.errors
import orjson
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from shared.errors import Refused, Unavailable
from shared.events.envelope import RetractionEvent, TouchpointEvent
from shared.vocabulary import SUBJECT_INTAKE

EVENTS_MAX = 200
# Under what ingest still reads in one go.
BYTES_MAX = 250_000
# Enough to keep the broker busy while it writes to disk; what is more would only fill memory.
IN_FLIGHT_MAX = 32
ACK_WITHIN_SECONDS = 5.0
GIVE_UP_AFTER_SECONDS = 60.0
PAUSE_SECONDS_MIN = 0.1
PAUSE_SECONDS_MAX = 5.0

Event = TouchpointEvent | RetractionEvent | Mapping[str, Any] | bytes


def _ignore(_: int) -> None:
    """Tell nobody."""


@dataclass
class Publisher:
    """Publishes the events of one source; leaving its block means that every one is acknowledged.

    Use as `async with Publisher(jetstream, "acme") as publisher: await publisher.publish(event)`.
    """

    jetstream: JetStreamContext
    source: str
    acknowledged: Callable[[int], None] = _ignore
    """Hears of every message how many events it held."""
    give_up_after_seconds: float = GIVE_UP_AFTER_SECONDS
    _packed: list[bytes] = field(default_factory=list, init=False)
    _bytes: int = field(default=0, init=False)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT_MAX), init=False)
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set, init=False)
    _failure: BaseException | None = field(default=None, init=False)

    async def publish(self, event: Event) -> None:
        """Take one event; wait while too many are unacknowledged, and in the end raise Unavailable."""
        encoded = _encoded(event)
        if self._packed and (
            len(self._packed) == EVENTS_MAX or self._bytes + len(encoded) + len(self._packed) > BYTES_MAX
        ):
            await self._send()
        self._packed.append(encoded)
        self._bytes += len(encoded)

    async def flush(self) -> None:
        """Return once everything taken so far is acknowledged."""
        if self._packed:
            await self._send()
        if self._under_way:
            await asyncio.wait(self._under_way)
        self._raise_failure()

    async def _send(self) -> None:
        message, events = b"[" + b",".join(self._packed) + b"]", len(self._packed)
        self._packed, self._bytes = [], 0
        await self._room.acquire()
        if self._failure is not None:
            # Whoever goes on all the same is told each time, and must not wait for room that nobody gives back.
            self._room.release()
            raise self._failure
        task = asyncio.create_task(self._deliver(message, events))
        self._under_way.add(task)
        task.add_done_callback(self._settle)
        # Let it go out now: whoever publishes from a file never waits for anything else.
        await asyncio.sleep(0)

    def _settle(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._room.release()
        # Every exception is looked at, or asyncio would print each one beside the first.
        if not task.cancelled() and (failure := task.exception()) and self._failure is None:
            self._failure = failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _deliver(self, message: bytes, events: int) -> None:
        give_up_at = time.monotonic() + self.give_up_after_seconds
        pause = PAUSE_SECONDS_MIN
        while (trouble := await self._attempt(message)) is not None:
            if time.monotonic() + pause > give_up_at:
                raise Unavailable(
                    f"{SUBJECT_INTAKE}.{self.source} is not acknowledged ({trouble}): does `attune run` run, "
                    f"and may this user publish there? What was acknowledged is kept; publish the rest again"
                )
            # Jitter, so that many connectors do not come back as one.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- no secret
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        self.acknowledged(events)

    async def _attempt(self, message: bytes) -> str | None:
        """Return why the message was not acknowledged, None when it was."""
        subject = f"{SUBJECT_INTAKE}.{self.source}"
        try:
            await self.jetstream.publish(subject, message, timeout=ACK_WITHIN_SECONDS)
        except nats.errors.MaxPayloadError:
            raise Refused(f"an event of {len(message)} bytes is more than NATS takes in a message") from None
        except nats.errors.TimeoutError:
            return f"no answer in {ACK_WITHIN_SECONDS:g} s"
        except (JetStreamError, nats.errors.Error, OSError) as error:
            return str(error) or type(error).__name__
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.flush()
        for task in self._under_way:
            task.cancel()


def _encoded(event: Event) -> bytes:
    match event:
        case bytes():
            return event
        case TouchpointEvent() | RetractionEvent():
            return event.model_dump_json(exclude_none=True).encode()
        case _:
            return orjson.dumps(event)
