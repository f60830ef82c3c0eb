"""What stands in the stream REJECTED, and its second chance."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import nats.errors
import orjson
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamInfo
from nats.js.errors import NotFoundError

from shared.errors import Refused, Unavailable
from shared.plumbing.jetstream import REJECTED
from shared.plumbing.rejections import CANNOT_BE_LOGGED, CONFLICT, is_cut, original_of
from shared.vocabulary import SUBJECT_INTAKE, SUBJECT_REJECTED

FETCH_MAX = 500
FETCH_WITHIN_SECONDS = 5.0

Rejection = dict[str, Any]
"""The message with its `id`: its sequence in the stream."""


class Retried(NamedTuple):
    """The ids that were published again, and those that never can be."""

    published: list[int]
    conflicts: list[int]
    cut: list[int]


def is_conflict(rejection: Rejection) -> bool:
    """Tell whether the event was refused for good: the first one of its id is counted."""
    return bool(rejection["rule"] == CONFLICT or str(rejection["rule"]).startswith(CANNOT_BE_LOGGED))


async def latest(jetstream: JetStreamContext, limit: int | None) -> list[Rejection]:
    """Return the newest rejections (all of them without a limit), oldest first."""
    state = (await _stream(jetstream)).state
    if not state.messages:
        return []
    # Enough to find `limit` of them, whatever was taken out between them.
    back = state.messages if limit is None else limit
    first = max(state.first_seq, state.last_seq + 1 - back - (state.num_deleted or 0), 1)
    found = await _since(jetstream, first)
    return found if limit is None else found[-limit:]


async def last(jetstream: JetStreamContext) -> int:
    """Return up to which id events have been refused."""
    return (await _stream(jetstream)).state.last_seq


async def count_since(jetstream: JetStreamContext, before: int, source: str) -> int:
    """Return how many events of `source` were refused after the id `before`."""
    if await last(jetstream) == before:
        return 0
    return sum(rejection["source"] == source for rejection in await _since(jetstream, before + 1))


async def one(jetstream: JetStreamContext, id_: int) -> Rejection:
    """Return one rejection; raise Refused when it is gone."""
    try:
        message = await jetstream.get_msg(REJECTED, seq=id_)
    except NotFoundError:
        raise Refused(f"there is no rejected event {id_}: see `attune rejected list`") from None
    return {"id": id_, **orjson.loads(message.data or b"{}")}


async def retry(jetstream: JetStreamContext, rejections: Sequence[Rejection]) -> Retried:
    """Publish each original again as its source, and forget the rejection once that is stored."""
    done = Retried([], [], [])
    for rejection in rejections:
        if is_conflict(rejection):
            done.conflicts.append(rejection["id"])
            continue
        if is_cut(rejection):
            done.cut.append(rejection["id"])
            continue
        await jetstream.publish(f"{SUBJECT_INTAKE}.{rejection['source']}", original_of(rejection))
        # After the PubAck: killed between the two, the event is only refused once more.
        await jetstream.delete_msg(REJECTED, rejection["id"])
        done.published.append(rejection["id"])
    return done


async def _since(jetstream: JetStreamContext, first: int) -> list[Rejection]:
    """Read on from a sequence to the end, leaving no consumer behind."""
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        inactive_threshold=60,
    )
    reader = await jetstream.pull_subscribe(SUBJECT_REJECTED, stream=REJECTED, config=config)
    found: list[Rejection] = []
    while (await reader.consumer_info()).num_pending:
        try:
            messages = await reader.fetch(FETCH_MAX, timeout=FETCH_WITHIN_SECONDS)
        except nats.errors.TimeoutError:
            break  # what was pending has just reached its age
        found += [{"id": m.metadata.sequence.stream, **orjson.loads(m.data)} for m in messages]
    await reader.unsubscribe()
    return found


async def _stream(jetstream: JetStreamContext) -> StreamInfo:
    try:
        return await jetstream.stream_info(REJECTED)
    except NotFoundError:
        raise Unavailable("NATS has no stream REJECTED yet: start `attune run` first") from None
