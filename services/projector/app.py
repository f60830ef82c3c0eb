"""Wires the projector: broker and Postgres. `python -m services.projector` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from faststream.asgi import AsgiFastStream

from services.projector import store
from services.projector.heard import Heard
from services.projector.register import keep_register
from services.projector.rejections import Rejections
from services.projector.subscribers import Subscriber
from shared.alignment.model import default_model
from shared.plumbing import clock, failpoint, handle_key, health, jetstream, postgres, queue_counts, retention, traces
from shared.plumbing.background import lifetime, working
from shared.plumbing.jetstream import ACCEPTED, REJECTED, broker_of, connection_of, declare
from shared.plumbing.models import ensure_model
from shared.plumbing.pull import Pull
from shared.plumbing.settings import settings

ENVELOPES_MAX = 8
"""Envelopes per batch; each holds up to 2000 touchpoints."""
BATCH_BYTES = 2_000_000
"""About 10 000 touchpoints: more in one statement gains nothing, and the first of them wait for the last."""
REJECTIONS_MAX = 100


def app() -> AsgiFastStream:
    """Return the service; any number of them may run side by side."""
    chosen = settings()
    failpoint.arm(chosen.failpoints)
    traces.arm("projector", chosen.traces_url)
    key = chosen.handle_secret()
    database_url = chosen.database_url.get_secret_value()
    broker = broker_of(chosen, "projector")
    pools: list[Any] = []

    @asynccontextmanager
    async def projection() -> AsyncIterator[None]:
        pool = await postgres.patiently(lambda: postgres.pool(database_url, "projector", store.CONNECTION_SETTINGS))
        pools.append(pool)
        async with postgres.connected(pool) as connection:
            await ensure_model(connection, default_model(), clock.now())
            await handle_key.settle(connection, key, clock.now())
            begins_at = await retention.in_force(connection)
        client = await connection_of(broker)
        await declare(client.jetstream(), chosen.stream_replicas)
        await handle_key.settle_in_nats(client.jetstream(), key, is_proven=True)
        await retention.tell(client.jetstream(), begins_at)
        heard = Heard(pool)
        rejections = Rejections(pool, client.jetstream(), heard, key, chosen.spelling())
        subscriber = Subscriber(pool, client.jetstream(), heard, key, chosen.spelling())
        async with (
            pool,
            working(heard.run()),
            working(queue_counts.watch(client.jetstream(), ACCEPTED, "projector")),
            working(keep_register(client.jetstream(), pool)),
            working(Pull(client, REJECTED, "rejections", rejections.receive, REJECTIONS_MAX, keeps=True).run()),
            working(Pull(client, ACCEPTED, "projector", subscriber.receive, ENVELOPES_MAX, BATCH_BYTES).run()),
        ):
            yield

    async def obstacle() -> str | None:
        return await jetstream.obstacle(broker) or await postgres.obstacle(pools[0])

    return AsgiFastStream(broker, asgi_routes=health.routes(obstacle), logger=None, **lifetime(projection))
