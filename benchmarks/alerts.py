"""How long alerts takes: `python -m benchmarks.alerts [--people 1000000] [--due 1000] [--polls 200] [--mails-alone]`.

Many relationships, written by SQL as a fold would have left them; of these some are due at once and every one of them
opens an alert on two channels. Then nothing is due, and the poll is timed, and its plan shown. On a busy machine the
time on the clock says little: beside it stands what this process and its connection in Postgres have computed. With
mails alone nobody goes deep, which has to be known of everybody; the first look at it is timed with the rest.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import asyncpg
import psutil

from benchmarks.rig import rig
from services.alerts import store
from services.alerts.audience import Audience
from services.alerts.policy import NatsChannel, Policy, WebhookChannel
from services.alerts.tend import tend_due
from services.alerts.watch import judge_due
from shared.alignment.model import default_model
from shared.plumbing import clock
from shared.plumbing.migrate import migrate
from shared.plumbing.models import ensure_model
from shared.plumbing.queries import query
from tests.integration.alerts.crowd import crowd

JUDGED_WITHIN_SECONDS = 2.0
POLL_MS = 5.0
HOOK = {
    "kind": "webhook",
    "name": "webhook",
    "url": "http://h.example",
    "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
}
TO = Audience(
    "http://console.example",
    Policy(channels=(NatsChannel(kind="nats", name="nats"), WebhookChannel.model_validate(HOOK))),
)


async def measured(url: str, people: int, due: int, polls: int, depth: float) -> bool:
    """Print the figures, and return whether they are what is wanted."""
    connection = await asyncpg.connect(url, command_timeout=3600, server_settings=store.CONNECTION_SETTINGS)
    now = clock.now()
    await migrate(connection)
    await ensure_model(connection, default_model(), now)
    print(f"writing {people:,} relationships …", flush=True)
    await crowd(connection, people, due, now, depth)
    server = psutil.Process(await connection.fetchval("select pg_backend_pid()"))
    began, computed = time.perf_counter(), _computed(server)
    judged = announced = 0
    while (its := await judge_due(connection, TO, now)).relationships:
        judged += its.relationships
        announced += len(its.announcements)
    took, computed = time.perf_counter() - began, _computed(server) - computed
    print(
        f"{judged:,} judged, {announced:,} alerts opened, {2 * announced:,} messages put into the outbox: "
        f"{took:.2f} s, {computed:.2f} s of them computing"
    )
    judging = await _timed(polls, lambda: judge_due(connection, TO, now))
    tending = await _timed(polls, lambda: tend_due(connection, TO, now))
    print(f"none due: looking takes {judging:.2f} ms (median of {polls}), for alerts to speak of {tending:.2f} ms")
    plan = await connection.fetch("explain (analyze, costs off) " + query("services.alerts", "is_any_due"), now)
    print("\n".join(f"  {row[0]}" for row in plan))
    await connection.close()
    is_indexed = any("Scan using states_by_wake_at" in row[0] for row in plan)
    return took < JUDGED_WITHIN_SECONDS and judging < POLL_MS and announced == due and is_indexed


def _computed(server: psutil.Process) -> float:
    """Return the seconds of a processor that we and our connection in Postgres have used."""
    return time.process_time() + sum(server.cpu_times()[:2])


async def _timed(polls: int, poll: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(polls):
        began = time.perf_counter()
        await poll()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def main() -> None:
    """Run it on servers of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--polls", type=int, default=200)
    parser.add_argument("--mails-alone", action="store_true")
    wanted = parser.parse_args()
    with rig() as runtime:
        depth = 0.0 if wanted.mails_alone else 3.0
        is_well = asyncio.run(measured(runtime.database_url, wanted.people, wanted.due, wanted.polls, depth))
    raise SystemExit(0 if is_well else 1)


if __name__ == "__main__":
    main()
