"""The examples of docs/extending.md are applied, and do what the page says. (A source: test_connector_example.py.)"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.alerts.channels.opened import opened
from services.alerts.channels.own import own
from services.alerts.notify import notify
from services.alerts.policy import Policy
from services.alerts.watch import judge_due
from shared.errors import Refused
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from tests.databases import create, execute, renamed
from tests.documentation.blocks import ROOT
from tests.integration.alerts.story import Story, audience

EXAMPLES = ROOT / "docs" / "examples"


def applied(name: str, directory: Path) -> None:
    """Apply a patch to a copy of the code."""
    for package in ("services", "shared"):
        shutil.copytree(ROOT / package, directory / package, ignore=shutil.ignore_patterns("__pycache__"))
    patch = ["patch", "-p1", "--forward", "--no-backup-if-mismatch", "--input", str(EXAMPLES / name)]
    done = subprocess.run(patch, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{name} fits the code no more: {done.stdout}"


def run(program: str, *words: str, directory: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(directory)}
    done = subprocess.run(
        [sys.executable, program, *words], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_new_reason_opens_alerts_when_its_example_is_applied(tmp_path: Path) -> None:
    applied("new_reason.patch", tmp_path)

    run("overpromised_test.py", directory=tmp_path)


async def test_a_new_kind_counts_when_its_example_is_applied(servers: Runtime, tmp_path: Path) -> None:
    applied("new_kind.patch", tmp_path)
    await create(servers, "a_new_kind", "template0")

    try:
        run("introduction_test.py", renamed(servers.database_url, "a_new_kind"), directory=tmp_path)
    finally:
        await execute(servers, "drop database a_new_kind with (force)")


async def test_a_channel_of_ones_own_tells_of_alerts(
    connection: asyncpg.Connection, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    tickets = tmp_path / "tickets.jsonl"
    written: dict[str, Any] = {
        "name": "tickets",
        "kind": "own",
        "use": "ticket_channel:Tickets",
        "options": {"path": str(tickets)},
    }
    to = audience(channels=[written], routes=[{"to": ["tickets"]}])
    story = Story(connection, to=to)
    await story.model()
    await story.person(cadence_days=14)
    await story.happens(-20)
    await story.happens(0, kind="setback", severity=1.0)
    await judge_due(connection, to, clock.now())

    [channel] = opened(Policy.model_validate({"channels": [written]}), jetstream=None)  # type: ignore[arg-type]
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await notify(pool, channel, clock.now)

    [ticket] = map(json.loads, tickets.read_text().splitlines())
    assert "Ana" in ticket["title"]


@pytest.mark.parametrize("use", ["no_such_module:Tickets", "json:Tickets", "json:loads", "builtins:str"])
def test_what_makes_no_channel_is_refused_by_name(use: str) -> None:
    with pytest.raises(Refused, match=f"channels: tickets: .*{use}"):
        own("tickets", use, {})
