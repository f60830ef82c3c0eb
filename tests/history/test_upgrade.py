"""What an earlier release wrote, its database and its streams, opens with the code of today (tests/history/keep.py)."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import house
from tests.house import House, until

CHANNELS = ("contact", "dialogue", "depth", "accord", "strain", "risk")
RELEASES = sorted(path.parent for path in Path(__file__).parent.glob("*/told.json"))


@pytest.fixture(scope="module", params=RELEASES, ids=lambda path: path.name)
def upgraded(request: pytest.FixtureRequest) -> Iterator[tuple[House, dict[str, Any]]]:
    """Today's attune on what a release left behind."""
    home = Path(tempfile.mkdtemp(prefix="attune-"))
    subprocess.run(
        [sys.executable, "-m", "services.cli.app", "restore", str(request.param / "backup")],
        check=True,
        env={**os.environ, "ATTUNE_DIRECTORY": str(home)},
    )
    shutil.rmtree(home / "nats" / "jetstream")
    with tarfile.open(request.param / "nats.tar.gz") as streams:
        streams.extractall(home, filter="data")
    with house.running(home) as attune:
        yield attune, json.loads((request.param / "told.json").read_text())
    shutil.rmtree(home)


def test_what_was_on_its_way_arrives_and_counts_once(upgraded: tuple[House, dict[str, Any]]) -> None:
    attune, told = upgraded

    async def arrived() -> bool:
        database = await attune.postgres()
        logged = await database.fetchval("select count(*) from attune.touchpoints")
        await database.close()
        return bool(logged >= told["touchpoints"])

    asyncio.run(until(arrived))
    status = json.loads(attune.attune("status", "--json"))
    assert status["counts"]["touchpoints"] == told["touchpoints"]
    assert status["lag"] == {"ingest": 0, "projector": 0}
    assert json.loads(attune.attune("rejected", "list", "--json")) == []


def test_what_was_known_then_reads_as_the_release_read_it(upgraded: tuple[House, dict[str, Any]]) -> None:
    attune, told = upgraded
    known_at = datetime.fromisoformat(told["known_at"])
    now = read(attune, known_at, known_at)

    assert set(now) == {row["stakeholder"] for row in told["alignment"]}
    for then in told["alignment"]:
        row = now[then.pop("stakeholder")]
        assert row["band"] == then.pop("band")
        assert {name: row[name] for name in then} == pytest.approx(then, rel=1e-9)


def test_folded_anew_it_comes_to_the_same_states(upgraded: tuple[House, dict[str, Any]]) -> None:
    attune, told = upgraded
    later = datetime.fromisoformat(told["known_at"]) + timedelta(days=1)
    assert json.loads(attune.attune("check", "--json"))["differences"] == []
    before = read(attune, later)
    attune.attune("rebuild")
    after = read(attune, later)
    for who, row in before.items():
        assert [after[who][name] for name in CHANNELS] == pytest.approx([row[name] for name in CHANNELS], rel=1e-9)


def read(attune: House, moment: datetime, known_at: datetime | None = None) -> dict[str, Any]:
    """Return how everybody reads, by name."""

    async def ask() -> dict[str, Any]:
        database = await attune.postgres()
        rows = await database.fetch("select * from attune.alignment_at($1, $2)", moment, known_at)
        await database.close()
        return {row["stakeholder"]: row for row in rows}

    return asyncio.run(ask())
