"""Wires alerts: Postgres, NATS, the webhook. `python -m services.alerts` serves it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.routing import Route

from services.alerts import counts, store
from services.alerts.channels.nats import Nats
from services.alerts.channels.webhook import Webhook
from services.alerts.delivery import Channel
from services.alerts.notify import notify
from services.alerts.repeat import repeat
from services.alerts.watch import audience, judge_due
from shared.errors import Refused, Unavailable
from shared.plumbing import clock, health, postgres
from shared.plumbing.jetstream import connect, declare
from shared.plumbing.settings import Settings, settings

CONNECTIONS = 4


def app() -> Starlette:
    """Return the service; any number of them may run side by side."""
    chosen = settings()
    hook = webhook(chosen)
    servers: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(_postgres(chosen))
            client = await stack.enter_async_context(_nats(chosen))
            servers.update(pool=pool, client=client)
            channels: list[Channel] = [Nats(client.jetstream())]
            if hook is not None:
                stack.push_async_callback(hook.close)
                channels.append(hook)
            await stack.enter_async_context(_working(_rounds(pool, channels, chosen)))
            yield

    async def obstacle() -> str | None:
        if not servers["client"].is_connected:
            return "NATS does not answer"
        try:
            async with postgres.connected(servers["pool"]) as connection:
                await connection.execute("select 1")
        except Unavailable as error:
            return str(error)
        return None

    # Not FastStream: it serves subscribers, and alerts has none.
    return Starlette(routes=[Route(*route) for route in health.routes(obstacle)], lifespan=lifespan)


def webhook(chosen: Settings) -> Webhook | None:
    """Return the webhook that the settings name, or None; raise Refused when it could not be signed."""
    if not chosen.webhook_url:
        return None
    secret = chosen.webhook_secret.get_secret_value() if chosen.webhook_secret else ""
    try:
        return Webhook(chosen.webhook_url, secret, allow_private=chosen.webhook_allow_private)
    except (ValueError, RuntimeError) as error:
        raise Refused("ATTUNE_WEBHOOK_SECRET must be whsec_ and base64, as Standard Webhooks says") from error


Round = Callable[[], Awaitable[int]]


def _rounds(pool: Any, channels: list[Channel], chosen: Settings) -> list[Round]:
    """Return what is done again and again, side by side: judging, and telling on each channel."""
    to = audience(chosen)

    async def judging() -> int:
        async with postgres.connected(pool) as connection:
            judged = await judge_due(connection, to, clock.now())
        counts.add_judged(judged)
        return judged.relationships

    def telling(channel: Channel) -> Round:
        return lambda: notify(pool, channel, clock.now)

    return [judging, *map(telling, channels)]


@asynccontextmanager
async def _working(rounds: list[Round]) -> AsyncIterator[None]:
    """Work while the block lasts; at its end finish what is begun."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(repeat(work, stopping)) for work in rounds]
    for task in tasks:
        task.add_done_callback(_crash)
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*tasks)


def _crash(task: "asyncio.Task[None]") -> None:
    """End the service when its work has ended by a bug: whoever supervises it starts it anew."""
    if not task.cancelled() and task.exception() is not None:
        signal.raise_signal(signal.SIGTERM)


@asynccontextmanager
async def _postgres(chosen: Settings) -> AsyncIterator[Any]:
    url = chosen.database_url.get_secret_value()
    pool = await postgres.patiently(
        lambda: postgres.pool(url, "alerts", store.CONNECTION_SETTINGS, CONNECTIONS),
    )
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def _nats(chosen: Settings) -> AsyncIterator[Client]:
    client: Client = await postgres.patiently(lambda: connect(chosen.nats_url.get_secret_value(), "alerts"))
    try:
        await declare(client.jetstream())
        yield client
    finally:
        await client.close()
