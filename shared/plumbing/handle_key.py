"""A wrong key would split everybody in two: whoever starts with one is told so, and does not start."""

from datetime import datetime
from typing import Any

from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from shared.errors import Refused
from shared.events.handle import earlier_keys, key_id
from shared.plumbing import buckets
from shared.plumbing.queries import query

PACKAGE = "shared.plumbing"
BUCKET, ENTRY = "HANDLE_KEY", "id"
WRONG = (
    "ATTUNE_HANDLE_KEY is not the key that {where} was written with (its id is {known}, ours {ours}): "
    "with another key everybody would be somebody new. Use the key of before; docs/privacy.md says how to change it"
)


async def verify(connection: Any, key: bytes) -> None:
    """Raise Refused when the database is known to be written with another key."""
    known = await connection.fetchval(query(PACKAGE, "handle_key"))
    if known not in {None, key_id(key)}:
        raise Refused(WRONG.format(where="the database", known=known, ours=key_id(key)))


async def settle(connection: Any, key: bytes, at: datetime) -> None:
    """Remember the key's id if the database has none yet; raise Refused when it has another."""
    await connection.execute(query(PACKAGE, "handle_key_settle"), key_id(key), at)
    await verify(connection, key)


async def settle_in_nats(jetstream: JetStreamContext, key: bytes, *, is_proven: bool = False) -> None:
    """Do the same for those who have no database; a key that Postgres has proven follows its own rotation."""
    entries = await _bucket(jetstream)
    try:
        await entries.create(ENTRY, key_id(key).encode())
    except KeyWrongLastSequenceError:
        known = await recorded(jetstream)
        if is_proven and known in earlier_keys(key):
            await entries.put(ENTRY, key_id(key).encode())
        elif known != key_id(key):
            raise Refused(WRONG.format(where="what waits in NATS", known=known, ours=key_id(key))) from None


async def verify_in_nats(jetstream: JetStreamContext, key: bytes) -> None:
    """Raise Refused when NATS knows another key; one that grew from what NATS knows may be on its way there."""
    known = await recorded(jetstream)
    if known is not None and known not in earlier_keys(key):
        raise Refused(WRONG.format(where="what waits in NATS", known=known, ours=key_id(key)))


async def recorded(jetstream: JetStreamContext) -> str | None:
    """Return the id that NATS remembers, None when it remembers none."""
    try:
        return ((await (await _bucket(jetstream)).get(ENTRY)).value or b"").decode()
    except KeyNotFoundError:
        return None


async def _bucket(jetstream: JetStreamContext) -> KeyValue:
    return await buckets.opened(jetstream, BUCKET)
