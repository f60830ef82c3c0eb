"""docs/examples/crm.js: a connector written by docs/connectors.md alone, with another language's client."""

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from shared.plumbing.credentials import Credentials
from tests.house import House, until
from tests.integration.ingest.reports import ANA

CONNECTOR = Path(__file__).parents[3] / "docs" / "examples" / "crm.js"
VISITS: list[dict[str, Any]] = [
    {"id": 17, "changes": 0, "at": "2026-03-02T09:30:00+01:00", "deleted": False},
    {"id": 18, "changes": 1, "at": "2026-03-09T09:30:00+01:00", "deleted": False},
]


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if not found or subprocess.run([found, "-e", "require('nats')"], capture_output=True, check=False).returncode:
        pytest.skip("node or its package nats is absent: `npm install nats`, and NODE_PATH where it lies")
    return found


@pytest.fixture
def crm(attune: House) -> Credentials:
    return attune.source("crm-example")


async def test_a_connector_in_another_language_sends_again_what_it_likes_and_it_counts_once(
    attune: House, crm: Credentials, node: str, tmp_path: Path
) -> None:
    def run(*visits: dict[str, Any]) -> str:
        (tmp_path / "crm.json").write_text(json.dumps(asdict(crm)))
        facts = {"minutes": 45, "guests": [ANA], "host": "uli@acme.example"}
        (tmp_path / "visits.json").write_text(json.dumps([visit | facts for visit in visits]))
        words = [node, str(CONNECTOR), str(tmp_path / "crm.json"), str(tmp_path / "visits.json")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run(*VISITS) == run(*VISITS) == "3 events are stored\n"
    run(VISITS[0], VISITS[1] | {"deleted": True})

    database = await attune.postgres()

    async def standing() -> bool:
        rows = await database.fetch("select id, retracted from attune.touchpoints where source = $1", crm.name)
        return sorted(tuple(row) for row in rows) == [("visit-17-0", False), ("visit-18-1", True)]

    await until(standing)
    await database.close()
