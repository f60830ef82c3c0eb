"""From when on touchpoints are kept, for ingest, which has no database: in a key-value bucket that it watches.

Postgres is told by `attune privacy expire`, and is right: the projector copies it to NATS whenever it starts, so that
either of them may be restored.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from shared.events.retention import Retention
from shared.plumbing import buckets
from shared.plumbing.queries import query

BUCKET, ENTRY = "RETENTION", "begins_at"


async def in_force(connection: Any) -> datetime | None:
    """Return before which moment Postgres takes nothing in; None where nothing was ever removed for its age."""
    moment: datetime | None = await connection.fetchval(query("shared.plumbing", "retention"))
    return moment


async def tell(jetstream: JetStreamContext, begins_at: datetime | None) -> None:
    """Let every ingest know, from now on."""
    bucket = await buckets.opened(jetstream, BUCKET)
    if begins_at is None:
        await bucket.purge(ENTRY)
    else:
        await bucket.put(ENTRY, begins_at.isoformat().encode())


async def told(jetstream: JetStreamContext) -> Retention:
    """Return what ingest goes by."""
    retention = Retention()
    with suppress(KeyNotFoundError):
        take(retention, await (await buckets.opened(jetstream, BUCKET)).get(ENTRY))
    return retention


@asynccontextmanager
async def followed(jetstream: JetStreamContext, retention: Retention) -> AsyncIterator[None]:
    """Keep it true while the block lasts."""
    async with buckets.followed(await buckets.opened(jetstream, BUCKET), lambda entry: take(retention, entry)):
        yield


def take(retention: Retention, entry: KeyValue.Entry) -> None:
    """Make one change."""
    told = "" if buckets.is_gone(entry) else (entry.value or b"").decode()
    retention.begins_at = datetime.fromisoformat(told).timestamp() if told else 0.0
