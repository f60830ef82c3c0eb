"""Block and allow lists in a key-value bucket that every ingest watches: people by handle, never by address."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

import orjson
from nats.js import JetStreamContext
from nats.js.errors import NoKeysError, NotFoundError
from nats.js.kv import KeyValue

from shared.events.lists import Lists
from shared.plumbing import buckets

BUCKET = "PRIVACY"

Rule = Literal["blocked", "allowed"]


async def bucket(jetstream: JetStreamContext) -> KeyValue:
    """Return the bucket, made when it is missing."""
    return await buckets.opened(jetstream, BUCKET)


async def enter(jetstream: JetStreamContext, entry: str, rule: Rule, at: datetime, by: str) -> None:
    """Let the rule hold for a domain or a handle, in every ingest, from now on."""
    value = {"rule": rule, "since": at.isoformat(), "by": by}
    await (await bucket(jetstream)).put(entry, orjson.dumps(value))


async def lift(jetstream: JetStreamContext, entry: str) -> None:
    """Let no rule hold for it any more."""
    await (await bucket(jetstream)).purge(entry)


async def entries(jetstream: JetStreamContext) -> list[dict[str, Any]]:
    """Return every entry with its rule."""
    known = await bucket(jetstream)
    try:
        names = sorted(await known.keys())
    except NoKeysError:
        return []
    return [{"entry": name, **orjson.loads((await known.get(name)).value or b"{}")} for name in names]


async def has_named(jetstream: JetStreamContext, entry: str) -> bool:
    """Tell whether a rule holds for it, or once did: even lifted, it stands in the bucket's file."""
    await bucket(jetstream)
    try:
        await jetstream.get_last_msg(f"KV_{BUCKET}", f"$KV.{BUCKET}.{entry}")
    except NotFoundError:
        return False
    return True


@asynccontextmanager
async def followed(jetstream: JetStreamContext, lists: Lists, changed: Callable[[], None]) -> AsyncIterator[None]:
    """Keep the lists true while the block lasts; `changed` is called after every change."""

    def change(entry: KeyValue.Entry) -> None:
        take(lists, entry)
        changed()

    async with buckets.followed(await bucket(jetstream), change):
        yield


def take(lists: Lists, entry: KeyValue.Entry) -> None:
    """Make one change."""
    lists.blocked.discard(entry.key)
    lists.allowed.discard(entry.key)
    if buckets.is_gone(entry):
        return
    rule: Rule = orjson.loads(entry.value or b"")["rule"]
    (lists.blocked if rule == "blocked" else lists.allowed).add(entry.key)
