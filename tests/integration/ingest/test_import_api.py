"""What the APIs of Microsoft and Google return, imported into a running attune."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.plumbing import clock
from tests.house import House
from tests.integration.ingest.reports import ANA

YESTERDAY = (clock.now() - timedelta(days=1)).replace(microsecond=0)


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_OWN_DOMAINS", "acme.example")


def event(uid: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{uid}",
        "iCalUId": uid,
        "type": "singleInstance",
        "organizer": {"emailAddress": {"address": "uli@acme.example"}},
        "start": {"dateTime": YESTERDAY.replace(tzinfo=None).isoformat(), "timeZone": "UTC"},
        "end": {"dateTime": (YESTERDAY + timedelta(hours=1)).replace(tzinfo=None).isoformat(), "timeZone": "UTC"},
        "attendees": [{"status": {"response": "accepted"}, "emailAddress": {"address": ANA}}],
    } | more


def mail(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "internetMessageId": f"<{name}@corp.example>",
        "sentDateTime": YESTERDAY.isoformat(),
        "from": {"emailAddress": {"address": ANA}},
        "toRecipients": [{"emailAddress": {"address": "uli@acme.example"}}],
        "internetMessageHeaders": [],
    }


def written(path: Path, *items: dict[str, Any]) -> str:
    path.write_bytes(orjson.dumps({"value": list(items), "@odata.deltaLink": "https://graph.microsoft.com/…"}))
    return str(path)


async def standing(attune: House, what: str) -> list[str]:
    connection = await attune.postgres()
    rows = await connection.fetch(
        f"select id from attune.touchpoints where id like '{what}%' and not retracted order by id"
    )
    await connection.close()
    return [row["id"] for row in rows]


async def test_mails_and_meetings_come_in_once_and_what_is_removed_goes(attune: House, tmp_path: Path) -> None:
    pages = written(tmp_path / "pages.json", mail("graph-one"), event("graph-uid-one"), event("graph-uid-two"))
    first = json.loads(attune.attune("import", "graph", pages, "--calendar", "uli", "--json"))
    again = json.loads(attune.attune("import", "graph", pages, "--calendar", "uli", "--json"))
    assert (first["accepted"], first["refused"], again["refused"]) == (3, 0, 0)
    assert await standing(attune, "graph-one") == ["graph-one@corp.example"]
    meetings = await meetings_of(attune)
    assert len(meetings) == 2

    delta = written(tmp_path / "delta.json", {"id": "id-graph-uid-one", "@removed": {"reason": "deleted"}})
    attune.attune("import", "graph", delta, "--calendar", "uli")

    assert len(await meetings_of(attune)) == 1


async def meetings_of(attune: House) -> list[str]:
    connection = await attune.postgres()
    rows = await connection.fetch("select id from attune.touchpoints where source = 'ics' and not retracted")
    await connection.close()
    return [row["id"] for row in rows]


def test_a_dry_run_prints_one_line_per_item(tmp_path: Path) -> None:
    pages = written(tmp_path / "pages.json", mail("one"), event("two"), event("three", isCancelled=True), {"odd": 1})

    answer = subprocess.run(
        [sys.executable, "-m", "services.cli.app", "import", "graph", pages, "--dry-run", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ATTUNE_DIRECTORY": str(tmp_path)},
    )

    assert answer.returncode == 1, "an odd object is a problem"
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert sorted(line.get("type", line.get("dropped", "rejected")) for line in lines) == [
        "attune.touchpoint.v1",
        "attune.touchpoint.v1",
        "cancelled",
        "rejected",
    ]
