"""Wires ingest: broker, HTTP, sources. `python -m services.ingest` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream.asgi import AsgiFastStream

from services.ingest.judged import policy_of
from services.ingest.pages import Events
from services.ingest.subscribers import Subscriber
from services.ingest.webhooks import Webhooks
from shared.plumbing import failpoint, handle_key, health, privacy_lists, queue_counts, retention, traces
from shared.plumbing.background import lifetime, working
from shared.plumbing.jetstream import INTAKE, broker_of, connection_of, declare, obstacle
from shared.plumbing.pull import Pull
from shared.plumbing.settings import settings
from shared.plumbing.sources import Sources

BATCH_BYTES = 400_000
"""About one envelope of touchpoints: whoever waits behind it, for HTTP too, waits a tenth of a second."""


def app() -> AsgiFastStream:
    """Return the service; it holds no database connection, so that intake never waits for one."""
    chosen = settings(without_database=True)
    chosen.handle_secret()  # or refuse to start
    failpoint.arm(chosen.failpoints)
    traces.arm("ingest", chosen.traces_url)
    broker = broker_of(chosen, "ingest")
    policy, sources = policy_of(chosen), Sources()
    events, webhooks = Events(policy, sources), Webhooks(sources)

    @asynccontextmanager
    async def intake() -> AsyncIterator[None]:
        client = await connection_of(broker)
        jetstream = client.jetstream()
        await declare(jetstream, chosen.stream_replicas)
        await handle_key.settle_in_nats(jetstream, policy.handle_key)
        subscriber = Subscriber(policy, sources, jetstream)
        pull = Pull(client, INTAKE, "ingest", subscriber.receive, chosen.ingest_batch, BATCH_BYTES)
        async with (
            sources.followed(jetstream),
            privacy_lists.followed(jetstream, policy.lists, policy.look_again),
            retention.followed(jetstream, policy.retention),
            working(pull.run()),
            working(queue_counts.watch(jetstream, INTAKE, "ingest")),
        ):
            events.jetstream, webhooks.client = jetstream, client
            yield

    return AsgiFastStream(
        broker,
        **lifetime(intake),
        asgi_routes=[
            ("/events", events.app),
            ("/webhooks/graph", webhooks.app),
            ("/webhooks/gcal", webhooks.app),
            *health.routes(lambda: obstacle(broker)),
        ],
        logger=None,
    )
