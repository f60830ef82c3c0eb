"""Keeps what a release writes, small: a backup, streams with work still in them, what it read out of them, and its code.

    cd CHECKOUT_OF_THE_RELEASE && PYTHONPATH=. PYTHON /path/to/tests/history/keep.py /path/to/tests/history/VERSION

It knows the release by its contracts alone (DESIGN.md): commands, HTTP, SQL views. tests/history/test_upgrade.py opens
what it kept with the code of today, and tests/history/test_rolling.py runs the release's services beside today's.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from shared.plumbing import clock

READ = ("stakeholder", "score", "band", "contact", "dialogue", "depth", "accord", "strain", "risk")
PEOPLE = ("ana@corp.example", "bo@corp.example", "cy@corp.example", "di@corp.example", "nobody-yet@corp.example")
FORGOTTEN = PEOPLE[3]
PROGRAM = ("services/__init__.py", "services/ingest", "services/projector", "services/alerts", "shared")
DATA: tuple[dict[str, Any], ...] = (
    {"kind": "email", "direction": "outbound"},
    {"kind": "email", "direction": "inbound", "thread": "t-1"},
    {"kind": "meeting", "duration_minutes": 45},
    {"kind": "call", "duration_minutes": 10},
    {"kind": "message", "direction": "inbound"},
    {"kind": "disclosure", "direction": "inbound", "depth": 0.6, "facet": "empathy"},
    {"kind": "commitment", "direction": "mutual", "commitment": {"ref": "budget", "state": "made", "by": "us"}},
    {"kind": "setback", "direction": "mutual", "severity": 0.4},
    {"kind": "pulse", "direction": "inbound", "rating": 0.5},
)
ROSTER = "initiative,name,addresses,function,level\n" + "".join(
    f"change,{address.partition('@')[0].title()},{address},Finance,director\n" for address in PEOPLE[:4]
)


def main(kept: Path) -> None:
    """Live a little with the release in the working directory, and keep what it wrote."""
    home = Path(tempfile.mkdtemp(prefix="attune-"))
    anywhere = {f"ATTUNE_{name}_HTTP": "127.0.0.1:0" for name in ("INGEST", "PROJECTOR", "ALERTS", "CONSOLE")}
    os.environ |= {"ATTUNE_DIRECTORY": str(home), **anywhere}
    kept.mkdir()
    attune("run", "--detach")
    try:
        told = lived(home, kept)
        stopped(home)
    finally:
        subprocess.run([sys.executable, "-m", "services.cli.app", "stop"], check=False)
    with tarfile.open(kept / "nats.tar.gz", "w:gz") as archive:
        archive.add(home / "nats" / "jetstream", "nats/jetstream")
    with tarfile.open(kept / "program.tar.xz", "w:xz") as archive:
        for part in PROGRAM:
            archive.add(part, filter=lambda entry: None if "__pycache__" in entry.name else entry)
    (kept / "told.json").write_text(json.dumps(told, indent=1))
    shutil.rmtree(home)


def attune(*words: str) -> str:
    """Run a command of the release."""
    command = [sys.executable, "-m", "services.cli.app", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lived(home: Path, kept: Path) -> dict[str, Any]:
    """Return what the release says after one part is folded; two more parts stay on their way."""
    (home / "roster.csv").write_text(ROSTER)
    attune("roster", "import", str(home / "roster.csv"))
    token = json.loads(attune("source", "add", "acme", "--json"))["http_token"]
    events = list(envelopes(300))
    publish(token, [*events[:200], retraction(events[7])])
    counted(touchpoints(events[:200]))
    publish(token, events[190:200])  # again
    attune("forget", FORGOTTEN, "--yes")
    known_at = clock.now()
    read = asyncio.run(alignment(known_at))
    attune("backup", str(kept / "backup"))
    pids = json.loads((home / "runtime.json").read_text())["pids"]
    os.kill(pids["projector"], signal.SIGSTOP)
    publish(token, events[200:260])
    time.sleep(1)
    os.kill(pids["ingest"], signal.SIGSTOP)
    to_nats(events[260:])
    return {"known_at": known_at.isoformat(), "alignment": read, "touchpoints": touchpoints(events) - theirs(events)}


def touchpoints(events: list[dict[str, Any]]) -> int:
    """Count one for each person of each event."""
    return sum(len(event["data"]["people"]) for event in events)


async def alignment(known_at: datetime) -> list[dict[str, Any]]:
    """Return how everybody reads as of a moment by what is known at it."""
    connection = await asyncpg.connect(json.loads(attune("status", "--json"))["database_url"])
    rows = await connection.fetch("select * from attune.alignment_at($1, $1)", known_at)
    await connection.close()
    return [{name: row[name] for name in READ} for row in rows]


def theirs(events: list[dict[str, Any]]) -> int:
    """Count the touchpoints of who is forgotten."""
    return sum(person["address"] == FORGOTTEN for event in events for person in event["data"]["people"])


def envelopes(count: int) -> Any:
    """Yield touchpoints of the last 400 days, the same each time but for the day."""
    chance, now = random.Random(1), clock.now().replace(microsecond=0)
    for number in range(count):
        people = [{"address": address} for address in chance.sample(PEOPLE, chance.choice((1, 1, 2)))]
        yield {
            "specversion": "1.0",
            "id": f"kept-{number}",
            "source": "kept/inbox",
            "type": "attune.touchpoint.v1",
            "time": (now - timedelta(days=1 + 400 * chance.random() ** 2)).isoformat(),
            "data": {"people": people, **chance.choice(DATA)},
        }


def retraction(event: dict[str, Any]) -> dict[str, Any]:
    """Return what takes the event back."""
    taken = {"source": event["source"], "id": event["id"]}
    return {"specversion": "1.0", "id": "taken", "source": "kept/inbox", "type": "attune.retraction.v1", "data": taken}


def publish(token: str, events: list[dict[str, Any]]) -> None:
    """Hand events to ingest over HTTP."""
    url = json.loads(attune("status", "--json"))["http"]["ingest"]
    url = url if url.startswith("http") else f"http://{url}"
    headers = {"authorization": f"Bearer {token}", "content-type": "application/cloudevents-batch+json"}
    request = urllib.request.Request(f"{url}/events", json.dumps(events).encode(), headers)  # noqa: S310 -- loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- loopback
        refused = [told for told in json.load(answer)["results"] if told["result"] == "rejected"]
    if refused:
        raise ValueError(refused)


def counted(events: int) -> None:
    """Return once so many events are in the log."""
    deadline = time.monotonic() + 60
    while json.loads(attune("status", "--json"))["counts"]["touchpoints"] < events:
        if time.monotonic() > deadline:
            raise TimeoutError("the release does not count what it took")
        time.sleep(0.2)


def to_nats(events: list[dict[str, Any]]) -> None:
    """Leave events in the stream that ingest takes from."""
    (path := Path(tempfile.mkdtemp()) / "events.jsonl").write_text("\n".join(map(json.dumps, events)))
    attune("publish", str(path), "--source", "acme")


def stopped(home: Path) -> None:
    """End NATS in peace, so that its files are whole, and everybody else as it comes."""
    pids = json.loads((home / "runtime.json").read_text())["pids"]
    os.kill(pids["nats"], signal.SIGTERM)
    time.sleep(2)
    for name in ("projector", "ingest"):
        os.kill(pids[name], signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
