import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from click.testing import CliRunner
from nats.aio.client import Client

from services.alerts.commands.alerts import alerts
from shared.plumbing.embedded import ports
from tests.integration.alerts.collector import Collector
from tests.integration.alerts.conftest import SECRET
from tests.integration.alerts.story import Story


@pytest.fixture
def environment(
    database: str, nats_url: str, collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Set everything a service asks the environment for, and return its address."""
    address = f"127.0.0.1:{ports.free()}"
    told = {
        "DIRECTORY": str(tmp_path),
        "DATABASE_URL": database,
        "NATS_URL": nats_url,
        "ALERTS_HTTP": address,
        "WEBHOOK_URL": collector.url,
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_ALLOW_PRIVATE": "true",
    }
    for name, value in told.items():
        monkeypatch.setenv(f"ATTUNE_{name}", value)
    return address


@pytest.fixture
def service(environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run alerts as `attune run` does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "services.alerts"], env={**os.environ, "ATTUNE_ALERTS_HTTP": environment}
    )
    yield process
    process.kill()
    process.wait()


@pytest.fixture
async def http(environment: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{environment}") as client:
        yield client


async def until(condition: Any, seconds: float = 20) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 -- another process is watched
            await asyncio.sleep(0.05)


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.usefixtures("service")
async def test_the_service_judges_and_tells_on_every_channel(
    story: Story, http: httpx.AsyncClient, collector: Collector, client: Client
) -> None:
    subscriber = await client.subscribe("alerts.served.overdue")
    await story.person(initiative="served", cadence_days=7)
    await story.becomes_warm(day=-8)

    message = await subscriber.next_msg(timeout=20)
    await until(lambda: asyncio.sleep(0, bool(collector.requests)))

    assert orjson.loads(message.data) == orjson.loads(collector.requests[0].body)
    metrics = (await http.get("/metrics")).text
    assert 'attune_alerts_events_total{event="opened",reason="overdue"} 1.0' in metrics
    assert "# TYPE attune_alerts_suppressed_total counter" in metrics
    # A rise is what Prometheus tells of, and it sees none in what begins with the first one.
    assert 'attune_alerts_deliveries_total{channel="nats",outcome="dead"} 0.0' in metrics
    assert (await http.get("/livez")).status_code == 200


async def test_the_service_stops_cleanly_when_told_to(
    story: Story, service: subprocess.Popen[bytes], http: httpx.AsyncClient
) -> None:
    await story.person()
    await until(lambda: is_ready(http))

    service.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(service.wait, 10) in {0, -signal.SIGTERM}


@pytest.mark.usefixtures("service")
async def test_the_service_survives_losing_its_database_connections(
    story: Story, http: httpx.AsyncClient, connection: asyncpg.Connection
) -> None:
    await until(lambda: is_ready(http))
    for _ in range(3):
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'attune-alerts' and datname = current_database()"
        )
        await asyncio.sleep(0.3)
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-8)

    await until(lambda: connection.fetchval("select exists (select from attune.deliveries where status = 'delivered')"))

    assert await is_ready(http)


@pytest.mark.usefixtures("environment")
async def test_commands_list_and_show_alerts(story: Story) -> None:
    await story.person(cadence_days=7)
    await story.becomes_warm(day=-8)
    await story.judged(0)
    [alert] = await story.alerts()

    listed = await asyncio.to_thread(CliRunner().invoke, alerts, ["list", "--json"])
    resolved = await asyncio.to_thread(CliRunner().invoke, alerts, ["list", "--status", "resolved", "--json"])
    shown = await asyncio.to_thread(CliRunner().invoke, alerts, ["show", str(alert["id"]), "--json"])
    table = await asyncio.to_thread(CliRunner().invoke, alerts, ["list"])

    [row] = orjson.loads(listed.output)
    assert (row["id"], row["reason"], row["status"]) == (str(alert["id"]), "overdue", "open")
    assert row["reasons"][0]["cadence_days"] == 7
    assert orjson.loads(resolved.output) == []
    document = orjson.loads(shown.output)
    assert [its["event"] for its in document["history"]] == ["opened"]
    assert {its["channel"] for its in document["deliveries"]} == {"nats", "webhook"}
    assert "Ana" in table.output


@pytest.mark.usefixtures("environment")
async def test_an_alert_that_does_not_exist_is_refused_by_its_id() -> None:
    nobody = "00000000-0000-0000-0000-000000000000"

    shown = await asyncio.to_thread(CliRunner().invoke, alerts, ["show", nobody])

    assert nobody in str(shown.exception)


@pytest.mark.usefixtures("environment")
def test_a_file_that_breaks_a_rule_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text("attention = { budget = 0 }")

    ended = subprocess.run(
        [sys.executable, "-m", "services.alerts"],
        env={**os.environ, "ATTUNE_ALERTS_FILE": str(path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"attune: ATTUNE_ALERTS_FILE: {path} breaks a rule:\n  attention.budget: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("secret", "shape"),
    [
        ("hunter2secret!", "secret 1 lacks whsec_, and 1 of its other 14 characters are none of base64"),
        (
            f"{SECRET} whsec_hunter2",
            "secret 2 begins with whsec_, and its other 7 characters end where base64 does not",
        ),
        ("whsec_", "secret 1 begins with whsec_, and nothing follows"),
    ],
)
def test_a_secret_that_cannot_sign_is_refused_by_its_shape_and_never_shown(secret: str, shape: str) -> None:
    ended = started(ATTUNE_WEBHOOK_SECRET=secret)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"attune: ATTUNE_WEBHOOK_SECRET: {shape} — must be whsec_ and base64")
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr


@pytest.mark.usefixtures("environment")
def test_a_channel_that_cannot_be_opened_is_refused_in_a_sentence_too(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text('channels = [{ name = "mine", kind = "own", use = "nothing:here" }]')

    ended = started(ATTUNE_ALERTS_FILE=str(path))

    assert ended.returncode == 2
    assert ended.stderr.endswith("attune: channels: mine: nothing:here makes no channel: ModuleNotFoundError\n")
    assert "Traceback" not in ended.stderr


def started(**told: str) -> subprocess.CompletedProcess[str]:
    """Start alerts, which does not begin."""
    return subprocess.run(
        [sys.executable, "-m", "services.alerts"],
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
