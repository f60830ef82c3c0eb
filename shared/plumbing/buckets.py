"""JetStream's key-value buckets: kept by as many servers as the streams are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from shared.plumbing.background import working


async def opened(jetstream: JetStreamContext, name: str) -> KeyValue:
    """Return the bucket, made when it is missing."""
    try:
        return await jetstream.key_value(name)
    except BucketNotFoundError:
        return await made(jetstream, name)


async def made(jetstream: JetStreamContext, name: str) -> KeyValue:
    """Make the bucket."""
    copies = await _copies(jetstream)
    return await jetstream.create_key_value(KeyValueConfig(bucket=name, storage=StorageType.FILE, replicas=copies))


@asynccontextmanager
async def followed(bucket: KeyValue, take: Callable[[KeyValue.Entry], None]) -> AsyncIterator[None]:
    """Hand over each entry, and each change of one while the block lasts; it begins once all are handed over."""
    watcher = await bucket.watchall()
    loaded = asyncio.Event()

    async def follow() -> None:
        async for entry in watcher:
            if entry is None:
                loaded.set()
            else:
                take(entry)

    async with working(follow()):
        await loaded.wait()
        yield


def is_gone(entry: KeyValue.Entry) -> bool:
    """Tell whether the change is that there is no such entry any more."""
    return entry.operation in {"DEL", "PURGE"} or not entry.value


async def _copies(jetstream: JetStreamContext) -> int:
    # Loading FastStream takes half a second, and commands that only want a key verified need none of it.
    from shared.plumbing.jetstream import INTAKE  # noqa: PLC0415

    try:
        return (await jetstream.stream_info(INTAKE)).config.num_replicas or 1
    except NotFoundError:
        # Whoever declares the streams raises the buckets too.
        return 1
