"""Whom the lists of ingest name, and are to name; their bucket's file keeps every name that it ever held."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from nats.js import JetStreamContext

from shared.plumbing import privacy_lists


async def standing(jetstream: JetStreamContext, handles: Iterable[str]) -> list[dict[str, Any]]:
    """Return the entries that name the handles."""
    wanted = set(handles)
    return [entry for entry in await privacy_lists.entries(jetstream) if entry["entry"] in wanted]


async def block(jetstream: JetStreamContext, entries: Collection[str], at: datetime, by: str) -> None:
    """Let nothing of these be taken in, in any ingest.

    An allow list that would be left without anybody goes on keeping everybody else out, by a handle that is nobody's.
    """
    allowed = {entry["entry"] for entry in await privacy_lists.entries(jetstream) if entry["rule"] == "allowed"}
    if allowed and not allowed - set(entries):
        await privacy_lists.enter(jetstream, secrets.token_hex(16), "allowed", at, by)
    for entry in entries:
        await privacy_lists.enter(jetstream, entry, "blocked", at, by)


async def suppress(jetstream: JetStreamContext, handles: Iterable[str], at: datetime, by: str) -> None:
    """Let every handle that the lists name, or ever named, stand there as blocked and as nothing else."""
    await block(jetstream, [its for its in handles if await privacy_lists.has_named(jetstream, its)], at, by)
