"""What a backup holds comes back whole, into a directory that held nothing."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from shared.plumbing.credentials import Credentials
from tests import house
from tests.house import House
from tests.integration.ingest.intake import Intake
from tests.integration.ingest.reports import ANA, BO, report

SAID = (
    "select * from attune.touchpoints order by id",
    "select relationship_id, evidence, contact, last_touch_at from projector.states order by 1",
    "select handle, address from roster.addresses order by 1",
    "select handle, reason from roster.suppressed order by 1",
    "select * from attune.alert_history order by number",
)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup, and what the attune that it was made of said at that moment."""

    directory: Path
    said: list[list[dict[str, Any]]]
    acme: Credentials


def restored(to: Path, backup: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.app", "restore", str(backup)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ATTUNE_DIRECTORY": str(to)},
    )


async def all_said(attune: House) -> list[list[dict[str, Any]]]:
    connection: asyncpg.Connection = await attune.postgres()
    said = [[dict(row) for row in await connection.fetch(statement)] for statement in SAID]
    await connection.close()
    return said


@pytest.fixture(scope="module")
def backup() -> Iterator[Backup]:
    folder = Path(tempfile.mkdtemp(prefix="attune-"))
    with house.opened() as attune:
        attune.roster([ANA, BO, "gone@corp.example"])
        acme = attune.source("acme")
        asyncio.run(lived(attune, acme))
        attune.attune("forget", "gone@corp.example", "--yes")
        attune.attune("backup", str(folder / "backup"))
        said = asyncio.run(all_said(attune))
    yield Backup(folder / "backup", said, acme)
    shutil.rmtree(folder)


async def lived(attune: House, acme: Credentials) -> None:
    """Let some touchpoints come in and be counted."""
    admin, database = await attune.nats(), await attune.postgres()
    async with Intake.opened(acme, admin, database) as intake:
        await intake.send(
            [report(who, minutes_ago=60 * i) for i in range(1, 30) for who in (ANA, BO, "gone@corp.example")]
        )
        await intake.settled()
    await admin.close()
    await database.close()


def test_a_backup_restored_into_an_empty_directory_says_the_same_and_goes_on(backup: Backup) -> None:
    home = House(Path(tempfile.mkdtemp(prefix="attune-")))
    try:
        answer = restored(home.directory, backup.directory)
        assert answer.returncode == 0, answer.stderr
        home.attune("run", "--detach")

        assert asyncio.run(all_said(home)) == backup.said
        assert len(backup.said[0]) == 58
        assert len(backup.said[3]) == 1
        assert json.loads(home.attune("check", "--json"))["differences"] == []
        # The source goes on with what it was given once.
        url = f"http://{home.runtime.http['ingest']}/events"
        who = {"authorization": f"Bearer {backup.acme.http_token}", "content-type": "application/cloudevents+json"}
        told = httpx.post(url, content=json.dumps(report()), headers=who)
        assert told.is_success, told.text
    finally:
        home.attune("stop")
        shutil.rmtree(home.directory)


def test_a_backup_is_its_owners_alone(backup: Backup) -> None:
    kept = [backup.directory, *backup.directory.rglob("*")]

    assert {path.name for path in kept} >= {"database.dump", "buckets.json", "backup.json", "secrets.json"}
    assert backup.directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("broken", ["backup.json", "database.dump"])
def test_what_is_no_whole_backup_is_refused_and_touches_nothing(backup: Backup, tmp_path: Path, broken: str) -> None:
    copy, home = tmp_path / "copy", tmp_path / "home"
    shutil.copytree(backup.directory, copy)
    (copy / broken).unlink()

    answer = restored(home, copy)

    assert answer.returncode == 1
    assert broken in answer.stderr
    assert not home.exists()


def test_a_directory_that_holds_something_is_not_restored_over(backup: Backup, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{}")

    answer = restored(tmp_path, backup.directory)

    assert answer.returncode == 1
    assert "holds an attune already" in answer.stderr
    assert (tmp_path / "secrets.json").read_text() == "{}"
