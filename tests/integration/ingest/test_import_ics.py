"""A calendar imported into a running attune, and what is known of it afterwards."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.house import House
from tests.unit.ingest.calendars import calendar, event

WEDNESDAY = "DTSTART:20261111T090000Z"


def imported(house: House, *words: str, code: int = 0, ours: str = "ours.example") -> dict[str, Any]:
    """Import, and return the summary."""
    answer = subprocess.run(
        [sys.executable, "-m", "services.cli.app", "import", "ics", *words, "--json", "--from", "2026-01-01"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ATTUNE_DIRECTORY": str(house.directory), "ATTUNE_OWN_DOMAINS": ours},
    )
    assert answer.returncode == code, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout) if answer.stdout else {}
    return found | {"told": answer.stderr}


def lines_of(house: House, *words: str) -> list[dict[str, Any]]:
    """Say what an import would publish."""
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "services.cli.app",
            "import",
            "ics",
            *words,
            "--dry-run",
            "--json",
            "--from",
            "2026-01-01",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ATTUNE_DIRECTORY": str(house.directory), "ATTUNE_OWN_DOMAINS": "ours.example"},
    )
    return [json.loads(line) for line in answer.stdout.splitlines()]


async def logged(house: House, source: str) -> list[tuple[str, bool, bool]]:
    """Return the hour, whether planned and whether retracted, of everything the source brought."""
    database = await house.postgres()
    rows = await database.fetch(
        "select occurred_at, planned, retracted from attune.touchpoints where source = $1 order by 1, 2, 3", source
    )
    await database.close()
    return [(f"{row['occurred_at']:%d %H}", row["planned"], row["retracted"]) for row in rows]


@pytest.fixture
def source() -> str:
    return f"ics-{uuid4().hex[:8]}"


async def test_what_moved_in_a_calendar_is_taken_back_in_the_log_and_a_second_import_adds_nothing(
    attune: House, source: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.ics"
    path.write_bytes(calendar(event()))

    imported(attune, str(path), "--source", source)
    path.write_bytes(calendar(event("SEQUENCE:1", start=WEDNESDAY)))
    foretold = lines_of(attune, str(path), "--source", source)
    moved = imported(attune, str(path), "--source", source)
    again = imported(attune, str(path), "--source", source)

    assert [line["type"] for line in foretold] == ["attune.retraction.v1", "attune.touchpoint.v1"]

    assert "1 taken back" in moved["told"]
    assert "taken back" not in again["told"]
    assert re.search(r"Counting .* 2/2 ", moved["told"])
    assert "0/0" not in moved["told"] + again["told"]
    assert await logged(attune, source) == [("10 09", False, True), ("11 09", False, False)]


async def test_a_subscribed_calendar_is_read_only_when_it_has_changed(attune: House, source: str) -> None:
    asked: list[str | None] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["if-none-match"])
            self.send_response(304 if asked[-1] else 200)
            self.send_header("etag", '"1"')
            self.end_headers()
            if not asked[-1]:
                self.wfile.write(calendar(event()))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://localhost:{server.server_port}/mine.ics"
        first, second = (imported(attune, address, "--source", source) for _ in range(2))
        # By other rules the same calendar says something else.
        imported(attune, address, "--source", source, "--to", "2026-12-24")
        server.shutdown()

    assert asked == [None, '"1"', None]
    assert (first["accepted"], second["accepted"]) == (1, 0)
    assert await logged(attune, source) == [("10 09", False, False)]


async def test_nothing_is_imported_before_it_is_known_who_is_ours(attune: House, source: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.ics"
    path.write_bytes(calendar(event()))

    told = imported(attune, str(path), "--source", source, code=1, ours="")["told"]

    assert "ATTUNE_OWN_DOMAINS" in told
    assert await logged(attune, source) == []


def test_the_summary_of_an_import_tells_what_ingest_would_drop(attune: House, source: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.ics"
    path.write_bytes(calendar(event()).replace(b"ana@", b"info@"))
    assert b"info@" in path.read_bytes()

    done = imported(attune, str(path), "--source", source)

    assert (done["accepted"], done["dropped"]) == (0, {"role address": 1})


def test_a_dry_run_needs_no_server_and_prints_a_line_for_every_item(tmp_path: Path) -> None:
    path = tmp_path / "mine.ics"
    path.write_bytes(calendar(event(), event("STATUS:CANCELLED", uid="two@x"), event("EXDATE:never", uid="three@x")))
    words = ["import", "ics", str(path), "--dry-run", "--json", "--from", "2026-01-01", "--to", "2027-01-01"]

    answer = subprocess.run(
        [sys.executable, "-m", "services.cli.app", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ATTUNE_DIRECTORY": str(tmp_path), "ATTUNE_OWN_DOMAINS": "ours.example"},
    )

    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert answer.returncode == 1
    assert {word for line in lines for word in ("data", "dropped", "rejected") if word in line} == {
        "data",
        "dropped",
        "rejected",
    }
    assert len(lines) == 3
