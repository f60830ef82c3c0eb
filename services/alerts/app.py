"""Wires alerts: Postgres, NATS, every channel. `python -m services.alerts` serves it."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.routing import Route

from services.alerts import counts, store, trail
from services.alerts.announce import Announcement
from services.alerts.audience import Audience, audience
from services.alerts.channels.opened import opened
from services.alerts.delivery import Channel
from services.alerts.digest import digest_due
from services.alerts.look import look
from services.alerts.notify import notify
from services.alerts.render import check
from services.alerts.repeat import Round, repeat
from services.alerts.sample import SAMPLE
from services.alerts.tell import release_due
from services.alerts.tend import tend_due
from services.alerts.watch import TOGETHER, Judged, judge_due
from shared.errors import Unavailable
from shared.plumbing import clock, failpoint, health, postgres, traces
from shared.plumbing.jetstream import connect, declare
from shared.plumbing.settings import Settings, settings

log = logging.getLogger("alerts")

CONNECTIONS = 6
TOGETHER_AT_FIRST = 50
"""Relationships judged in the first transaction, twice as many in each next one: who is killed again and again soon
after its start has come somewhere all the same."""
LOOK_EVERY = timedelta(seconds=20)
"""What goes by the hour or by the morning need not be asked for twice a second."""


def app() -> Starlette:
    """Return the service; any number of them may run side by side."""
    chosen = settings()
    failpoint.arm(chosen.failpoints)
    traces.arm("alerts", chosen.traces_url)
    to = audience(chosen)
    for templates in to.policy.all_templates():
        check(templates, SAMPLE)
    servers: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(_postgres(chosen))
            async with postgres.connected(pool) as connection:
                await store.know_reasons(connection)
            client = await stack.enter_async_context(_nats(chosen))
            servers.update(pool=pool, client=client)
            channels = opened(to.policy, client.jetstream())
            counts.begin(channel.name for channel in channels)
            for channel in channels:
                stack.push_async_callback(channel.close)
            await stack.enter_async_context(_working(_rounds(pool, channels, to)))
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


def _rounds(pool: Any, channels: list[Channel], to: Audience) -> list[Round]:
    """Return what is done again and again, side by side: judging, tending, looking, and telling on each channel."""
    together = TOGETHER_AT_FIRST

    async def judging() -> int:
        nonlocal together
        async with postgres.connected(pool) as connection:
            judged = await judge_due(connection, to, clock.now(), together)
            together = min(TOGETHER, 2 * together)
            await trail.leave(connection, judged.announcements)
        counts.add_judged(judged)
        _say(judged)
        return judged.relationships

    async def tending() -> int:
        async with postgres.connected(pool) as connection:
            said = await tend_due(connection, to, clock.now())
            _tell_of(said)
            return len(said) + await release_due(connection, to, clock.now())

    looked_at = datetime.min.replace(tzinfo=UTC)

    async def looking() -> int:
        nonlocal looked_at
        now = clock.now()
        if now - looked_at < LOOK_EVERY:
            return 0
        async with postgres.connected(pool) as connection:
            await look(connection, to, now)
            await digest_due(connection, to, now)
            counts.set_standing(*await store.standing(connection, now))
        looked_at = now
        return 0

    telling = (_telling(pool, channel, to) for channel in channels)
    return [Round(judging), Round(tending), Round(looking), *telling]


def _say(judged: Judged) -> None:
    if judged.relationships:
        log.debug("judged", extra={"relationships": judged.relationships, "alerts": len(judged.announcements)})
        _tell_of(judged.announcements)


def _tell_of(announcements: Sequence[Announcement]) -> None:
    """Write down which alerts there is news of; whom they are about the database alone says."""
    for its in announcements:
        told = {"alert_id": its.alert_id, "relationship_id": its.relationship_id, "reason": its.reason}
        log.info("alert %s", its.event, extra={**told, "severity": its.severity})


def _telling(pool: Any, channel: Channel, to: Audience) -> Round:
    [written] = [its for its in to.policy.channels if its.name == channel.name]
    return Round(lambda: notify(pool, channel, clock.now, written.at_once, written.bounds), written.per_second)


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
        await declare(client.jetstream(), chosen.stream_replicas)
        yield client
    finally:
        await client.close()
