"""Wires ingest: broker, HTTP, sources. `python -m services.ingest` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream.asgi import AsgiFastStream
from faststream.nats import NatsBroker

from services.ingest.interpret import Policy
from services.ingest.pages import Events
from services.ingest.subscribers import subscribe
from shared.plumbing import health
from shared.plumbing.jetstream import connect, declare
from shared.plumbing.postgres import patiently
from shared.plumbing.settings import Settings, settings
from shared.plumbing.sources import Sources


def policy_of(chosen: Settings) -> Policy:
    """Return what interpretation must know, from the settings."""
    return Policy(
        handle_key=chosen.handle_secret(),
        own_domains=frozenset(chosen.own_domains),
        own_addresses=frozenset(chosen.own_addresses),
        keep_notes=chosen.keep_notes,
    )


def app() -> AsgiFastStream:
    """Return the service; it holds no database connection, so that intake never waits for one."""
    chosen = settings()
    url = chosen.nats_url.get_secret_value()
    broker = NatsBroker(url, max_reconnect_attempts=-1, reconnect_time_wait=1, name="ingest")
    policy, sources = policy_of(chosen), Sources()
    events = Events(policy, sources)
    subscribe(broker, policy, sources, chosen.ingest_batch)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        client = await patiently(lambda: connect(url, "ingest"))
        events.jetstream = client.jetstream()
        await declare(events.jetstream)
        watching = await sources.watch(events.jetstream)
        yield
        watching.cancel()
        await client.close()

    async def obstacle() -> str | None:
        return None if await broker.ping(timeout=2.0) else "NATS does not answer"

    return AsgiFastStream(
        broker,
        lifespan=lifespan,
        asgi_routes=[("/events", events.app), *health.routes(obstacle)],
    )
