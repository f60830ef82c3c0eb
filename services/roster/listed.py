"""What the lists of ingest know of somebody who is forgotten or asks: a bucket's file keeps every name it ever held."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from nats.js import JetStreamContext

from shared.plumbing import privacy_lists


async def standing(jetstream: JetStreamContext, handles: Iterable[str]) -> list[dict[str, Any]]:
    """Return the entries that name the handles."""
    wanted = set(handles)
    return [entry for entry in await privacy_lists.entries(jetstream) if entry["entry"] in wanted]


async def suppress(jetstream: JetStreamContext, handles: Iterable[str], at: datetime, by: str) -> None:
    """Let every handle that the lists name, or ever named, stand there as blocked and as nothing else.

    An allow list that would be left without anybody goes on keeping everybody else out.
    """
    named = [handle for handle in handles if await privacy_lists.has_named(jetstream, handle)]
    allowed = {entry["entry"] for entry in await privacy_lists.entries(jetstream) if entry["rule"] == "allowed"}
    if allowed and not allowed - set(named):
        await privacy_lists.enter(jetstream, secrets.token_hex(16), "allowed", at, by)
    for handle in named:
        await privacy_lists.enter(jetstream, handle, "blocked", at, by)
