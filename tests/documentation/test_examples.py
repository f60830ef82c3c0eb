"""The examples of docs/extending.md are applied, and do what the page says. (A source: test_connector_example.py.)"""

import json
import os
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
from services.alerts.store import know_reasons
from services.alerts.watch import judge_due
from services.cli.house import migrated
from shared.errors import Refused
from shared.plumbing import clock
from tests.documentation.blocks import ROOT
from tests.integration.alerts.story import Story, audience

EXAMPLES = ROOT / "docs" / "examples"


def run(*tests: str, **settings: str) -> None:
    """Run tests of examples as whoever wrote them would, with the examples on Python's path."""
    bare = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # loading all of ours takes longer than the tests
    words = ["-q", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin", "-p", "pytest_timeout"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *(str(EXAMPLES / test) for test in tests)],
        cwd=ROOT,
        env={**os.environ, **bare, **settings, "PYTHONPATH": f"{EXAMPLES}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_reason_and_a_kind_of_ones_own_do_as_their_tests_say_and_the_kinds_file_must_stay(
    database: str,
) -> None:
    run("test_overpromised.py", "test_introduction.py", ATTUNE_DATABASE_URL=database)

    with pytest.raises(Refused, match=r"attune_own/kinds/introduction.py: this database numbers introduction outbound"):
        await migrated(database)


async def test_alerts_does_not_begin_where_it_judged_by_a_reason_whose_file_is_gone(
    connection: asyncpg.Connection,
) -> None:
    await Story(connection, to=audience()).person()
    judged = "insert into alerts.watches (relationship_id, judged_at, reasons) select relationship_id, now(), $1 from roster.stakeholders"
    await connection.execute(judged, ["fading"])
    await know_reasons(connection)

    await connection.execute("update alerts.watches set reasons = $1", ["fading", "overpromised"])

    with pytest.raises(Refused, match=r"attune_own/reasons/overpromised.py: this database has judged by it"):
        await know_reasons(connection)


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
