"""The streams and durable consumers of attune, and how to reach them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TypedDict

import nats.errors
from faststream.nats import NatsBroker
from faststream.nats.security import NatsSecurity, NatsUserPassword
from nats.aio.client import Client
from nats.errors import NoServersError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import BadRequestError, ServerError

from shared.errors import Refused, Unavailable
from shared.plumbing import nats_address
from shared.plumbing.settings import Settings
from shared.vocabulary import SUBJECT_ACCEPTED, SUBJECT_ALERTS, SUBJECT_INTAKE, SUBJECT_REJECTED

log = logging.getLogger("nats")


class PingTimes(TypedDict):
    """How a client notices that its server stands still."""

    ping_interval: int
    max_outstanding_pings: int


INTAKE, ACCEPTED, REJECTED, ALERTS = "INTAKE", "ACCEPTED", "REJECTED", "ALERTS"
REJECTED_KEPT = timedelta(days=30)
ALERTS_KEPT = timedelta(days=30)
# Who was killed gives its batch back after this, and an acknowledgement that was lost with its connection is noticed
# then. Whoever works for longer says so (pull.py), with room for a stall of seconds.
ACK_WAIT = timedelta(seconds=5)
ANSWERS_WITHIN = 2
CONNECT_WITHIN = 8.0
CLOSE_WITHIN = 1.0
# A server that stands still closes nothing: who hears no pong for so long goes to another one. Whoever pulls hears its
# pongs behind megabytes that it takes seconds to work through, and must not leave for that.
NOTICE: PingTimes = {"ping_interval": 10, "max_outstanding_pings": 2}
NOTICE_PULLING: PingTimes = {"ping_interval": 30, "max_outstanding_pings": 3}

# Intake and accepted forget what was taken, a stretch at a time (forget_taken.py); a full stream refuses new messages
# instead of losing old ones.
STREAMS = (
    StreamConfig(
        name=INTAKE,
        subjects=[f"{SUBJECT_INTAKE}.*"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
    ),
    StreamConfig(
        name=ACCEPTED,
        subjects=[SUBJECT_ACCEPTED],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
    ),
    StreamConfig(
        name=REJECTED,
        subjects=[SUBJECT_REJECTED],
        storage=StorageType.FILE,
        max_age=REJECTED_KEPT.total_seconds(),
    ),
    StreamConfig(
        name=ALERTS,
        subjects=[f"{SUBJECT_ALERTS}.>"],
        storage=StorageType.FILE,
        max_age=ALERTS_KEPT.total_seconds(),
    ),
)


def _consumer(durable: str, subject: str, in_flight_max: int) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable,
        filter_subject=subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT.total_seconds(),
        max_ack_pending=in_flight_max,
    )


CONSUMERS = {
    INTAKE: _consumer("ingest", f"{SUBJECT_INTAKE}.*", in_flight_max=50_000),
    ACCEPTED: _consumer("projector", SUBJECT_ACCEPTED, in_flight_max=1_000),
    # The projector counts them by source; they stay for people to look at.
    REJECTED: _consumer("rejections", SUBJECT_REJECTED, in_flight_max=1_000),
}


async def connect(url: str, name: str, inbox_prefix: str = "_INBOX") -> Client:
    """Return a connection that keeps trying to come back; raise Unavailable when nobody answers at first."""
    client = Client()
    last: Exception | None = None

    async def note(trouble: Exception) -> None:
        nonlocal last
        last = trouble
        log.warning("NATS: %s", trouble)

    # The client itself would try for ever, a wrong password included.
    trying = client.connect(
        **nats_address.options(url),
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=5,
        **NOTICE,
        error_cb=note,
        inbox_prefix=inbox_prefix,
    )
    try:
        await _within(CONNECT_WITHIN, trying)
    except (nats.errors.Error, OSError, TimeoutError) as error:
        # After a handshake that failed nats-py waits for the end of a transport that will never say so.
        with suppress(TimeoutError):
            await _within(CLOSE_WITHIN, client.close())
        raise Unavailable(f"NATS does not answer: {last or error!r}. Is `attune run` running?") from error
    return client


async def _within(seconds: float, work: Coroutine[None, None, None]) -> None:
    """Do the work; raise TimeoutError when it takes longer."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        while not task.done():
            # Once may not do: Python 3.11's wait_for swallows it when what it waits for ends just then.
            task.cancel()
            await asyncio.wait({task}, timeout=0.1)
    finally:
        task.cancel()
    if task.cancelled():
        raise TimeoutError
    await task


@asynccontextmanager
async def connected(url: str, name: str, inbox_prefix: str = "_INBOX") -> AsyncIterator[JetStreamContext]:
    """Hold a connection while the block lasts, as commands do."""
    client = await connect(url, name, inbox_prefix)
    try:
        yield client.jetstream()
    finally:
        await client.close()


def broker_of(chosen: Settings, name: str) -> NatsBroker:
    """Return the broker of a service; once connected it comes back by itself, however long NATS is away."""
    url = chosen.nats_url.get_secret_value()
    servers, user, password = nats_address.read(url)
    tls = nats_address.encryption(url)
    encrypted = {"ssl_context": tls["tls"], "tls_handshake_first": True} if tls else {}
    return NatsBroker(
        servers,
        security=NatsUserPassword(user, password, **encrypted) if user and password else NatsSecurity(**encrypted),
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        logger=None,
        **NOTICE_PULLING,
    )


async def connection_of(broker: NatsBroker) -> Client:
    """Return the broker's connection, however long NATS takes to answer: servers start in any order."""
    while True:
        try:
            return await broker.connect()
        except (NoServersError, OSError, TimeoutError):
            await asyncio.sleep(0.2)


async def obstacle(broker: NatsBroker) -> str | None:
    """Return why NATS cannot be used right now, or None: being connected to it is not enough."""
    client = await connection_of(broker)
    try:
        if client.is_connected:
            # Not a ping: nats-py loses its connection over a pong that comes too late.
            await client.request("$JS.API.INFO", timeout=ANSWERS_WITHIN)
            return None
    except (nats.errors.Error, OSError):
        pass
    return "NATS does not answer"


async def declare(jetstream: JetStreamContext, copies: int = 1) -> None:
    """Create the streams and durable consumers that are missing, and raise the copies of those that have fewer.

    Whatever else an operator chose for a stream that exists stands. Raises Refused when there are too few servers.
    """
    for stream in STREAMS:
        try:
            await jetstream.add_stream(replace(stream, num_replicas=copies))
        except BadRequestError as error:
            if error.err_code != _STREAM_EXISTS:
                raise
        except ServerError as error:
            raise Refused(f"ATTUNE_STREAM_REPLICAS is {copies}, but NATS says: {error.description}") from error
    for stream_name, consumer in CONSUMERS.items():
        await jetstream.add_consumer(stream_name, consumer)
    if copies > 1:
        await _copy(jetstream, copies)


async def _copy(jetstream: JetStreamContext, copies: int) -> None:
    """Have our streams and buckets kept by so many servers: those too that were made by a single one."""
    ours = {stream.name for stream in STREAMS}
    for known in await jetstream.streams_info():
        name = str(known.config.name)
        if (name in ours or name.startswith("KV_")) and (known.config.num_replicas or 1) < copies:
            await jetstream.update_stream(replace(known.config, num_replicas=copies))


_STREAM_EXISTS = 10058
"""The server's code for a stream of this name with another configuration: an operator's choice stands."""
