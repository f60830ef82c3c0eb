"""JetStream's key-value buckets: kept by as many servers as the streams are."""

from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue


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


async def _copies(jetstream: JetStreamContext) -> int:
    # Loading FastStream takes half a second, and commands that only want a key verified need none of it.
    from shared.plumbing.jetstream import INTAKE  # noqa: PLC0415

    try:
        return (await jetstream.stream_info(INTAKE)).config.num_replicas or 1
    except NotFoundError:
        # Whoever declares the streams raises the buckets too.
        return 1
