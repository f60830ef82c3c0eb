"""Two replicas that are killed again and again lose nothing, tell nothing twice under two ids, and forget no step."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from shared.plumbing import clock
from shared.plumbing.embedded import ports
from shared.plumbing.queries import query
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import SECRET
from tests.integration.alerts.crowd import crowd
from tests.integration.alerts.story import Story

ALERTS = int(os.environ.get("ATTUNE_TEST_ALERTS", "400"))
IS_LONG = ALERTS > 1000
KILLS_MIN = 10 if IS_LONG else 4
SECONDS_MAX = 60 + ALERTS / 20


BOUNDED = """
[[channels]]
name = "hook"
kind = "webhook"
url = "{url}"
secrets = ["{secret}"]
allow_private = true
concurrency = 50
per_second = 400
[[routes]]
to = ["hook"]
"""


class Replica:
    """A replica of alerts, and how long it has been at work."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = ports.free()
        self.served_at: float | None = None
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.alerts"],
            env=environment | {"ATTUNE_ALERTS_HTTP": f"127.0.0.1:{self.port}"},
            stderr=subprocess.DEVNULL,
        )

    async def has_worked_for(self, seconds: float) -> bool:
        """Say whether it serves for so long: on a busy machine starting alone takes longer than that."""
        if self.served_at is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                self.served_at = time.monotonic()
        return self.served_at is not None and time.monotonic() - self.served_at >= seconds

    def kill(self) -> None:
        """End it without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


async def test_two_replicas_that_are_killed_again_and_again_deliver_everything(
    story: Story, database: str, nats_url: str, collector: Collector, tmp_path: Path
) -> None:
    told = {"DIRECTORY": str(tmp_path), "DATABASE_URL": database, "NATS_URL": nats_url}
    told |= {"ALERTS_FILE": str(tmp_path / "alerts.toml")}
    (tmp_path / "alerts.toml").write_text(BOUNDED.format(url=collector.url, secret=SECRET))
    environment = {**os.environ, **{f"ATTUNE_{name}": value for name, value in told.items()}}
    replicas = [Replica(environment) for _ in range(2)]
    await crowd(story.connection, ALERTS, ALERTS, clock.now())
    kills = 0
    try:
        async with asyncio.timeout(SECONDS_MAX):
            while (so_far := await delivered(story.connection)) < ALERTS:
                await asyncio.sleep(0.25 if IS_LONG else 0.05)
                victim = kills % 2
                if IS_LONG and so_far > 0.95 * ALERTS:
                    continue  # the last to be killed have left leases behind, and those who live wait for them
                if not IS_LONG and (kills == KILLS_MIN or len(collector.requests) < (kills + 1) * ALERTS / 8):
                    continue  # amid its messages it is to be killed, however quick the machine
                if await replicas[victim].has_worked_for(2.5 if IS_LONG else 0):
                    replicas[victim].kill()
                    replicas[victim] = Replica(environment)
                    kills += 1
                    if not IS_LONG:
                        # Whoever died holding a lease is waited for: only the long story has that much patience.
                        await story.connection.execute(
                            "update alerts.deliveries set next_attempt_at = now() where next_attempt_at > now()"
                        )
    finally:
        for each in replicas:
            each.kill()

    ids = Counter(request.headers["webhook-id"] for request in collector.requests)
    print(f"{kills} kills, {len(collector.requests)} requests", flush=True)  # noqa: T201 -- the figures of a long run
    assert kills >= KILLS_MIN
    about = {request.headers["webhook-id"]: orjson.loads(request.body)["data"]["id"] for request in collector.requests}
    assert len(ids) == len(set(about.values())) == ALERTS
    assert len({(request.headers["webhook-id"], request.body) for request in collector.requests}) == ALERTS
    events = await story.connection.fetch(
        "select alert_id, array_agg(event) as events from attune.alert_history group by 1"
    )
    assert [row["events"] for row in events] == [["opened"]] * ALERTS


async def delivered(connection: asyncpg.Connection) -> int:
    """Return how many messages the outbox holds for delivered."""
    found: int = await connection.fetchval(
        "select count(*) from attune.deliveries where channel = 'hook' and status = 'delivered'"
    )
    return found


async def test_looking_for_what_is_due_scans_an_index_and_nothing_else(story: Story) -> None:
    await crowd(story.connection, 20_000, 0, clock.now())

    for name in ("is_any_due", "take_due"):
        plan = await story.connection.fetch(
            "explain " + query("services.alerts", name).replace("$1", "now()").replace("$2", "500")
        )

        text = "\n".join(row[0] for row in plan)
        assert re.search("Index (Only )?Scan using states_by_wake_at", text)
        assert "Seq Scan on model_states" not in text
        assert "Sort" not in text


async def test_judging_reads_of_a_house_that_goes_nowhere_deep_no_more_than_who_is_due(story: Story) -> None:
    await crowd(story.connection, 5_000, 20, clock.now(), depth=0)
    assert len(await story.judged(0)) == 20
    ids = [row[0] for row in await story.connection.fetch("select relationship_id from alerts.watches")]

    for name, arguments in (("keep_depths", (ids, None, story.at(0))), ("judging_facts", (ids, story.at(0), None))):
        told = await story.connection.fetchval(
            f"explain (analyze, format json) {query('shared.plumbing', name)}", *arguments
        )
        most = max(steps_of(orjson.loads(told)[0]["Plan"]), key=rows_read)
        assert rows_read(most) <= len(ids), f"{name}: {most}"


def steps_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps_of(below)


def rows_read(step: dict[str, Any]) -> float:
    """Return how many rows a step of a plan went through."""
    passed = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
    return float(passed * step["Actual Loops"])


async def test_looking_for_what_is_to_be_said_or_sent_scans_an_index(story: Story) -> None:
    await crowd(story.connection, 2_000, 2_000, clock.now())
    while await story.judged(0):
        pass
    await story.connection.execute("analyze")

    tend = await story.connection.fetch(
        "explain " + query("services.alerts", "take_to_tend").replace("$1", "now()").replace("$2", "10")
    )
    await story.connection.execute("update alerts.deliveries set next_attempt_at = null, delivered_at = now()")
    await story.connection.execute("analyze")
    send = await story.connection.fetch(
        "explain "
        + query("services.alerts", "lease")
        .replace("$1", "'webhook'")
        .replace("$2", "now()")
        .replace("$3", "now()")
        .replace("$4", "50")
    )

    held = await story.connection.fetch(
        "explain " + query("services.alerts", "take_held").replace("$1", "now()").replace("$2", "500")
    )

    assert any("deliveries_held" in row[0] for row in held)
    assert any("alerts_by_act_at" in row[0] for row in tend)
    assert any("deliveries_due" in row[0] for row in send)
