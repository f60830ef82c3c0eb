"""What the broker keeps of a person, and its end: messages are found by what they say, and erased on disk."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import nats.errors
import orjson
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from services.roster.identity import Identity
from shared.events.address import Spelling, addresses_in
from shared.plumbing.jetstream import ACCEPTED, ALERTS, INTAKE, REJECTED
from shared.plumbing.rejections import original_of

KEEPING = (REJECTED, ALERTS)
"""Streams that hold messages for their age."""
PASSING = (INTAKE, ACCEPTED)
"""Work queues: a message goes once it is taken, but its bytes stay in the file until others take their place."""
FETCH_MAX = 500
FETCH_WITHIN_SECONDS = 5.0
EMPTY_WITHIN_SECONDS = 20.0


class Message(NamedTuple):
    """One message of a stream that keeps them."""

    stream: str
    sequence: int
    subject: str
    data: bytes


class Search(NamedTuple):
    """By what a message is known to speak of a person."""

    pattern: re.Pattern[str]
    addresses: frozenset[str]
    spelling: Spelling

    @classmethod
    def of(cls, who: Identity, namesakes: list[str], spelling: Spelling) -> "Search":
        """Return the search for this person."""
        return cls(re.compile(who.pattern(namesakes), re.IGNORECASE), frozenset(who.addresses), spelling)

    def finds(self, data: bytes) -> bool:
        """Tell whether a message speaks of them, however it spells the address."""
        return any(self.pattern.search(text) or self._is_addressed(text) for text in texts(data))

    def _is_addressed(self, text: str) -> bool:
        return any(self.spelling.canonical(found) in self.addresses for found in addresses_in(text))


def texts(data: bytes) -> Iterator[str]:
    """Yield what a message says: as it stands, and with what JSON and base64 hide of it."""
    yield data.decode(errors="replace")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return
    yield json.dumps(document, ensure_ascii=False)
    if isinstance(document, dict) and "original" in document and "encoding" in document:
        yield from texts(original_of(document))


async def speaking(jetstream: JetStreamContext, search: Search) -> list[Message]:
    """Return every message kept that speaks of the person."""
    return [
        message for stream in KEEPING async for message in messages(jetstream, stream) if search.finds(message.data)
    ]


async def erase(jetstream: JetStreamContext, found: list[Message]) -> dict[str, int]:
    """Delete the messages, their bytes overwritten, and return how many went from each stream."""
    gone: dict[str, int] = {}
    for message in found:
        # Not `no_erase`: the server then fills the place with noise.
        await jetstream.delete_msg(message.stream, message.sequence)
        gone[message.stream] = gone.get(message.stream, 0) + 1
    return gone


async def sweep(jetstream: JetStreamContext, patience: float = EMPTY_WITHIN_SECONDS) -> list[str]:
    """Take the bytes of messages that were taken long ago off the disk; return the streams that were never empty.

    Loses nothing: the purge ends before the first message that came after the stream was seen empty.
    """
    return [stream for stream in PASSING if not await _swept(jetstream, stream, patience)]


async def _swept(jetstream: JetStreamContext, stream: str, patience: float) -> bool:
    pause, waited = 0.05, 0.0
    while (state := (await jetstream.stream_info(stream)).state).messages:
        if waited >= patience:
            return False
        await asyncio.sleep(pause)
        waited += pause
    await jetstream.purge_stream(stream, seq=state.last_seq + 1)
    return True


async def messages(jetstream: JetStreamContext, stream: str) -> AsyncIterator[Message]:
    """Yield all that a stream keeps, leaving no consumer behind."""
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, inactive_threshold=60)
    try:
        subject = (await jetstream.stream_info(stream)).config.subjects or []
        reader = await jetstream.pull_subscribe(subject[0], stream=stream, config=config)
    except NotFoundError:
        return  # nothing has ever run here
    while (await reader.consumer_info()).num_pending:
        try:
            batch: list[Any] = await reader.fetch(FETCH_MAX, timeout=FETCH_WITHIN_SECONDS)
        except nats.errors.TimeoutError:
            break  # what was pending has just reached its age
        for message in batch:
            yield Message(stream, message.metadata.sequence.stream, message.subject, message.data)
    await reader.unsubscribe()
