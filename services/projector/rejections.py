"""What was refused: noted for its source and told to it, and not kept where it names somebody of whom nothing is kept.

Ingest knows whom the lists block and not who was forgotten, because it has no database: so it is seen to here, as soon
as the rejection is stored, and what `attune forget` erased does not come back by a late event that breaks a rule.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import nats.errors
import nats.js.errors
import orjson
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.projector.heard import Heard
from services.projector.store import PACKAGE
from shared.errors import Unavailable
from shared.events.address import Spelling
from shared.events.handle import handle_of
from shared.events.named import named_within, unnamed
from shared.events.refusal import Refusal
from shared.plumbing.jetstream import REJECTED
from shared.plumbing.outgoing import publish_all, tell
from shared.plumbing.postgres import connected
from shared.plumbing.queries import query
from shared.plumbing.rejections import TOLD, original_of, rejection
from shared.plumbing.sources import NAME
from shared.vocabulary import SUBJECT_REJECTED


@dataclass
class Rejections:
    """Takes in what was refused; the stream keeps it."""

    pool: Any
    jetstream: JetStreamContext
    heard: Heard
    handle_key: bytes
    spelling: Spelling

    async def receive(self, messages: list[Msg]) -> None:
        """Return once all is noted and what may not be kept is erased; raise Unavailable where that cannot be."""
        naming = await self._naming(messages)
        # Its successor comes by here, too, and is noted then.
        successors = filter(None, (unnamed_rejection(message.data) for message in naming))
        await publish_all(self.jetstream, [(SUBJECT_REJECTED, successor) for successor in successors])
        for message in naming:
            await self._erase(message)
        kept = [message for message in messages if message not in naming]
        await self.heard.receive(kept)
        # Last, so that what is tried again is told once.
        await tell(self.jetstream, filter(None, (told_its_source(message.data) for message in kept)))

    async def _naming(self, messages: list[Msg]) -> list[Msg]:
        """Return the messages that name somebody of whom nothing is kept."""
        handles = [{self._handle(address) for address in named_by(message.data)} for message in messages]
        if not any(handles):
            return []
        async with connected(self.pool) as connection:
            rows = await connection.fetch(query(PACKAGE, "suppressed"), list(set().union(*handles)))
        kept_out = {row["handle"] for row in rows}
        return [message for message, named in zip(messages, handles, strict=True) if named & kept_out]

    def _handle(self, address: str) -> str:
        return handle_of(self.handle_key, self.spelling.canonical(address))

    async def _erase(self, message: Msg) -> None:
        """Overwrite the message on disk."""
        try:
            with suppress(nats.js.errors.NotFoundError, nats.js.errors.BadRequestError):  # somebody else was quicker
                await self.jetstream.delete_msg(REJECTED, message.metadata.sequence.stream)
        except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
            raise Unavailable(f"NATS did not erase a rejection: {error!r}") from error


def named_by(data: bytes) -> set[str]:
    """Return every address that a rejection holds, in its original too."""
    try:
        found = orjson.loads(data)
        return named_within(data) | named_within(original_of(found))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return named_within(data)


def told_its_source(data: bytes) -> tuple[str, bytes] | None:
    """Return what a source hears of its own event and where; None where the rejection names no source.

    Without the original: the source has it, and what stands for it after ingest holds handles, which are not its.
    """
    try:
        said = orjson.loads(data)
        source, told = said["source"], {name: said[name] for name in TOLD}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    is_source = isinstance(source, str) and NAME.fullmatch(source)
    return (f"{SUBJECT_REJECTED}.{source}", orjson.dumps(told)) if is_source else None


def unnamed_rejection(data: bytes) -> bytes | None:
    """Return the rejection with its reason alone; None where it is none."""
    try:
        said = orjson.loads(data)
        refusal = unnamed(Refusal(said["field"], said["value"], said["rule"]))
        return rejection(refusal, said["source"], None, b"", datetime.fromisoformat(said["received_at"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
