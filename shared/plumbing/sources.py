"""Who may publish: the registered sources, kept in a JetStream key-value bucket that every ingest watches."""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import nats.errors
import nats.js.errors
import orjson
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, NoKeysError
from nats.js.kv import KeyValue

from shared.errors import Refused, Unavailable
from shared.plumbing import buckets

BUCKET = "SOURCES"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def check_name(name: str) -> str:
    """Return the name; raise Refused when it cannot be a subject's last token."""
    if not NAME.fullmatch(name):
        rule = "must be lower-case letters, digits, - or _, 63 at most, starting with a letter or digit"
        raise Refused(f"name: {name!r} — {rule}")
    return name


def digest(token: str) -> str:
    """Return what is stored of a token. It is random and long, so that one round of SHA-256 hides it."""
    return hashlib.sha256(token.encode()).hexdigest()


async def bucket(jetstream: JetStreamContext) -> KeyValue:
    """Return the bucket, made when it is missing."""
    return await buckets.opened(jetstream, BUCKET)


async def register(jetstream: JetStreamContext, name: str, token: str, added_at: datetime) -> None:
    """Let `name` publish with the token from now on; a token it had before is void."""
    entry = {"token_sha256": digest(token), "added_at": added_at.isoformat()}
    await (await bucket(jetstream)).put(check_name(name), orjson.dumps(entry))


async def is_registered(jetstream: JetStreamContext, name: str) -> bool:
    """Ask the bucket itself; raise Unavailable when it does not answer."""
    if not NAME.fullmatch(name):
        return False
    try:
        await (await bucket(jetstream)).get(name)
    except KeyNotFoundError:
        return False
    except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable(f"NATS does not say whether {name} is registered: {error!r}") from error
    return True


async def registered(jetstream: JetStreamContext) -> list[tuple[str, datetime]]:
    """Return every source with the moment it was added or got its present token, by name."""
    known = await bucket(jetstream)
    try:
        names = sorted(await known.keys())
    except NoKeysError:
        return []
    entries = [orjson.loads((await known.get(name)).value or b"{}") for name in names]
    return [(name, datetime.fromisoformat(entry["added_at"])) for name, entry in zip(names, entries, strict=True)]


async def standing(jetstream: JetStreamContext) -> AsyncIterator[dict[str, datetime]]:
    """Yield every source with the moment of its present token: once they are known, and after each change."""
    watcher = await (await bucket(jetstream)).watchall()
    known: dict[str, datetime] = {}
    is_loaded = False
    async for entry in watcher:
        if entry is None:
            is_loaded = True
        elif buckets.is_gone(entry):
            known.pop(entry.key, None)
        else:
            known[entry.key] = datetime.fromisoformat(orjson.loads(entry.value or b"")["added_at"])
        if is_loaded:
            yield dict(known)


@dataclass
class Sources:
    """The registered sources as last heard, by name, with the digest of their token."""

    digests: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def followed(self, jetstream: JetStreamContext) -> AsyncIterator[None]:
        """Know all sources, and every change to them, while the block lasts."""
        async with buckets.followed(await bucket(jetstream), self._take):
            yield

    def _take(self, entry: KeyValue.Entry) -> None:
        if buckets.is_gone(entry):
            self.digests.pop(entry.key, None)
        else:
            self.digests[entry.key] = orjson.loads(entry.value or b"")["token_sha256"]

    def of_token(self, token: str) -> str | None:
        """Return the source whose token this is; every comparison takes the same time."""
        given = digest(token)
        matching = [name for name, known in self.digests.items() if hmac.compare_digest(known, given)]
        return matching[0] if matching else None
