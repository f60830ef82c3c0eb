"""Wires the projector: broker and Postgres. `python -m services.projector` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream.asgi import AsgiFastStream
from faststream.nats import NatsBroker

from services.projector import store
from services.projector.subscribers import Projector
from shared.alignment.model import default_model
from shared.errors import Unavailable
from shared.plumbing import clock, health, postgres
from shared.plumbing.jetstream import connect, declare
from shared.plumbing.settings import settings


def app() -> AsgiFastStream:
    """Return the service; any number of them may run side by side."""
    chosen = settings()
    url = chosen.nats_url.get_secret_value()
    broker = NatsBroker(url, max_reconnect_attempts=-1, reconnect_time_wait=1, name="projector")
    projector = Projector(broker)
    projector.subscribe()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        database_url = chosen.database_url.get_secret_value()
        projector.pool = await postgres.patiently(
            lambda: postgres.pool(database_url, "projector", store.CONNECTION_SETTINGS),
        )
        async with postgres.connected(projector.pool) as connection:
            await store.ensure_model(connection, default_model(), clock.now())
        client = await postgres.patiently(lambda: connect(url, "projector"))
        await declare(client.jetstream())
        await client.close()
        yield
        await projector.pool.close()

    async def obstacle() -> str | None:
        if not await broker.ping(timeout=2.0):
            return "NATS does not answer"
        try:
            async with postgres.connected(projector.pool) as connection:
                await connection.execute("select 1")
        except Unavailable as error:
            return str(error)
        return None

    return AsgiFastStream(broker, lifespan=lifespan, asgi_routes=health.routes(obstacle))
