"""What waits in NATS, for `/metrics` of whoever takes it."""

import asyncio
from math import nan

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from prometheus_client import Gauge

from shared.plumbing import clock
from shared.plumbing.backlog import backlog

LAG = Gauge("attune_queue_lag", "Messages that wait for a consumer, all its replicas together", ["consumer"])
OLDEST = Gauge("attune_queue_oldest_seconds", "How long the message has been there that waits longest", ["consumer"])
LOOK_EVERY = 5.0
"""Seconds."""


async def watch(jetstream: JetStreamContext, stream: str, consumer: str) -> None:
    """Look every few seconds until cancelled; while NATS is away nobody knows, and no number is shown."""
    while True:
        await look(jetstream, stream, consumer)
        await asyncio.sleep(LOOK_EVERY)


async def look(jetstream: JetStreamContext, stream: str, consumer: str) -> None:
    """Look once."""
    try:
        found = await backlog(jetstream, stream, consumer, clock.now())
    except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError):
        lag, oldest = nan, nan
    else:
        lag, oldest = found.lag or 0, found.oldest or 0.0
    LAG.labels(consumer).set(lag)
    OLDEST.labels(consumer).set(oldest)
