"""Rotates the handle key: log, address book and suppressions together, in one transaction, with no address needed."""

from datetime import datetime
from typing import Any

from nats.js import JetStreamContext

from services.roster.store import PACKAGE
from shared.errors import Refused
from shared.events.handle import STEP, is_handle, key_id, rekeyed
from shared.plumbing import privacy_lists
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.handle_key import settle_in_nats, verify
from shared.plumbing.queries import query

BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC pads its key (RFC 2104)."""


def grown(key: bytes, new: bytes) -> bytes:
    """Return the chain with a new last key; raise Refused where it cannot be one."""
    if not new or STEP in new or len(new) > BLOCK:
        raise Refused(f"the new key must be 1 to {BLOCK} bytes long and must not hold {STEP.decode()!r}")
    return key + STEP + new


async def rekey(connection: Any, key: bytes, new: bytes, at: datetime) -> bytes:
    """Hash every handle once more, with the new key, and return the chain that makes handles from now on."""
    chain = grown(key, new)
    padded = new.ljust(BLOCK, b"\0")
    pads = bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
    async with connection.transaction():
        # Alone: nothing made with the old key alone is logged after this (it is brought up first).
        await hold_fold_lock(connection)
        await verify(connection, key)
        for name in ("rekey_log", "rekey_book", "rekey_suppressed"):
            await connection.execute(query(PACKAGE, name), *pads, timeout=None)
        await connection.execute(query(PACKAGE, "rekey_id"), key_id(chain), at)
    return chain


async def copy_lists(jetstream: JetStreamContext, new: bytes) -> list[str]:
    """Let whom the lists name by handle stand there under the new key as well, and return the entries of before.

    Before Postgres is re-keyed: whatever is interrupted, everybody stays blocked or allowed by either key.
    """
    before = [entry for entry in await privacy_lists.entries(jetstream) if is_handle(entry["entry"])]
    for entry in before:
        since = datetime.fromisoformat(entry["since"])
        await privacy_lists.enter(jetstream, rekeyed((new,), entry["entry"]), entry["rule"], since, entry["by"])
    return [entry["entry"] for entry in before]


async def end_old_key(jetstream: JetStreamContext, chain: bytes, before: list[str]) -> None:
    """Let ingest know the key, and take the entries by the old one off the lists."""
    await settle_in_nats(jetstream, chain, is_proven=True)
    for entry in before:
        await privacy_lists.lift(jetstream, entry)
