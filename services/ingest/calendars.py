"""What each calendar has brought so far, kept where every machine finds it: a JetStream key-value bucket.

One entry per source, calendar and month, `<source>.<calendar>.<month>`, and `<source>.<calendar>.read` for what the
server said of a subscribed one. Names of meetings are digests: nothing here tells who met whom.
"""

import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import nats.errors
import nats.js.errors
import orjson
from nats.js import JetStreamContext
from nats.js.kv import KeyValue

from services.ingest.connectors.ics.changes import Memory, Told
from shared.errors import Unavailable
from shared.plumbing import buckets

BUCKET = "CALENDARS"
READ = "read"


@dataclass
class Remembered:
    """What is kept of one calendar."""

    memory: Memory = field(default_factory=Memory)
    months: dict[str, bytes] = field(default_factory=dict)
    """The entries as they are stored."""
    read: dict[str, str] = field(default_factory=dict)
    """What the server said when it was last read, and by which options that was."""


async def bucket(jetstream: JetStreamContext) -> KeyValue:
    """Return the bucket, made when it is missing."""
    return await buckets.opened(jetstream, BUCKET)


async def recall(jetstream: JetStreamContext, source: str) -> dict[str, Remembered]:
    """Return what every calendar of the source has brought, by the calendar's name."""
    found: dict[str, Remembered] = defaultdict(Remembered)
    try:
        watcher = await (await bucket(jetstream)).watch(f"{source}.>", ignore_deletes=True)
        async for entry in watcher:
            if entry is None:
                break
            _, calendar, month = entry.key.split(".")
            _take(found[calendar], month, entry.value or b"")
        await watcher.stop()  # type: ignore[no-untyped-call]
    except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable(f"NATS does not say what the calendars brought before: {error!r}") from error
    return found


async def remember(jetstream: JetStreamContext, source: str, calendar: str, known: Remembered, memory: Memory) -> None:
    """Keep what the calendar has brought; only months that changed are written."""
    stored = await bucket(jetstream)
    months = _packed(memory)
    for month in months.keys() | known.months.keys():
        value = months.get(month) or zlib.compress(orjson.dumps({"live": {}, "gone": {}}))
        if value != known.months.get(month):
            await stored.put(f"{source}.{calendar}.{month}", value)
            known.months[month] = value
    known.memory = memory


async def remember_read(jetstream: JetStreamContext, source: str, calendar: str, read: Mapping[str, str]) -> None:
    """Keep what the server said when the calendar was read."""
    await (await bucket(jetstream)).put(f"{source}.{calendar}.{READ}", orjson.dumps(dict(read)))


def _take(remembered: Remembered, month: str, value: bytes) -> None:
    if month == READ:
        remembered.read = orjson.loads(value)
        return
    remembered.months[month] = value
    held = orjson.loads(zlib.decompress(value))
    for part in ("live", "gone"):
        getattr(remembered.memory, part).update({name: Told(*told) for name, told in held[part].items()})


def _packed(memory: Memory) -> dict[str, bytes]:
    months: dict[str, dict[str, dict[str, tuple[int, ...]]]] = defaultdict(lambda: {"live": {}, "gone": {}})
    for part, names in (("live", memory.live), ("gone", memory.gone)):
        for name, told in sorted(names.items()):
            months[f"{datetime.fromtimestamp(told.at, UTC):%Y-%m}"][part][name] = tuple(told)
    return {month: zlib.compress(orjson.dumps(parts)) for month, parts in months.items()}
