"""Which sources may report, for people who query: copied from NATS, where ingest knows them from."""

import asyncio
import logging
from datetime import datetime
from typing import Any

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from services.projector.store import PACKAGE
from shared.errors import Unavailable
from shared.plumbing import sources
from shared.plumbing.postgres import connected
from shared.plumbing.queries import query

log = logging.getLogger(__name__)

AGAIN_AFTER = 5.0
"""Seconds until it is tried again, when Postgres or NATS is away."""


async def keep_register(jetstream: JetStreamContext, pool: Any) -> None:
    """Bring the register to Postgres, and every change of it, until cancelled."""
    while True:
        try:
            async for known in sources.standing(jetstream):
                await write(pool, known)
        except (Unavailable, nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
            log.warning("which sources there are is written later: %r", error)
        await asyncio.sleep(AGAIN_AFTER)


async def write(pool: Any, known: dict[str, datetime]) -> None:
    """Let Postgres know exactly these; of several projectors the one that heard last is right in the end."""
    async with connected(pool) as connection:
        await connection.execute(query(PACKAGE, "register"), list(known), list(known.values()))
