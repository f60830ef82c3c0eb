"""Judging the log: it gives what the same touches in a CSV give."""

import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import numpy as np
import pytest

from services.cli.history import model_in_force, past_of_csv, past_of_log
from shared.alignment.model import default_model
from shared.plumbing.embedded import ports
from shared.plumbing.settings import Settings
from tests.integration.projector.history import NOW, live, prepare, retraction, touch

HORIZON = 30.0
DAYS_AGO = {
    "ana": [*range(1, 300, 4)],
    "ben": [*range(150, 300, 5)],
    "eve": [200, 210, 220.5, 220.2, 230, 295],
}
UNDATED = touch(9998, "ana", 1) | {"time": "1970-01-01T00:00:00Z"}


def reported() -> list[dict[str, object]]:
    days = [(name, ago) for name, those in DAYS_AGO.items() for ago in those]
    return [touch(number, name, ago) for number, (name, ago) in enumerate(days)]


def as_csv(path: Path, events: list[dict[str, object]]) -> Path:
    rows = [
        f"change,{event['data']['people'][0]['address']},{event['time']},in,email\n"  # type: ignore[index]
        for event in events
    ]
    path.write_text("ego,stakeholder,occurred_at,direction,kind\n" + "".join(rows))
    return path


async def test_the_log_gives_the_decisions_that_the_same_touches_in_a_csv_give(
    connection: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    events = reported()
    await prepare(connection, DAYS_AGO)
    # What has no date is left out of the log; a CSV that holds it is refused.
    await live(connection, [*events, UNDATED])

    ours = await past_of_log(Settings(database_url=database), HORIZON, 7)

    theirs = past_of_csv(as_csv(tmp_path / "events.csv", events), HORIZON, 7)
    assert len(ours.decided_at) > 40
    one, other = (np.lexsort((past.last_touch, past.decided_at)) for past in (ours, theirs))
    for name in ("decided_at", "last_touch", "next_touch", "mean_gap"):
        assert getattr(ours, name)[one] == pytest.approx(getattr(theirs, name)[other])
    assert ours.terms[one] == pytest.approx(theirs.terms[other])


async def test_what_was_taken_back_was_never_a_touch(connection: asyncpg.Connection, database: str) -> None:
    events = reported()
    await prepare(connection, DAYS_AGO)
    await live(connection, events, [touch(9999, "eve", 180)], [retraction(9999)])

    past = await past_of_log(Settings(database_url=database), HORIZON, 7)

    assert not np.isclose(past.last_touch, NOW.timestamp() / 86_400 - 180).any()


async def test_the_model_in_force_is_the_one_that_is_judged(connection: asyncpg.Connection, database: str) -> None:
    await prepare(connection, [])

    assert await model_in_force(Settings(database_url=database)) == default_model()


def attune(*words: str, database: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ATTUNE_DIRECTORY": str(directory),
        "ATTUNE_DATABASE_URL": database,
        "ATTUNE_NATS_URL": "nats://x",
    }
    command = [sys.executable, "-m", "services.cli.app", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


async def test_the_commands_read_the_log(connection: asyncpg.Connection, database: str, tmp_path: Path) -> None:
    await prepare(connection, DAYS_AGO)
    await live(connection, [*reported(), UNDATED])

    judged = attune("backtest", "--later", "1", "--json", database=database, directory=tmp_path)
    out = tmp_path / "candidate.toml"
    refused = attune("model", "fit", "--out", str(out), database=database, directory=tmp_path)

    left_out = "1 touch of 1 January 1970 is left out: programs write that day where they have no date\n"
    assert (judged.returncode, judged.stderr) == (0, left_out)
    assert json.loads(judged.stdout)["relationships"] == 3
    assert (refused.returncode, out.exists()) == (1, False)
    assert left_out in refused.stderr
    assert "too few data to fit: the earlier period holds" in refused.stderr


def test_a_server_out_of_reach_leaves_with_3(tmp_path: Path) -> None:
    gone = f"postgresql://127.0.0.1:{ports.free()}/x"

    for words in (("backtest",), ("model", "fit", "--out", str(tmp_path / "c.toml"))):
        answer = attune(*words, database=gone, directory=tmp_path)

        assert (answer.returncode, answer.stderr.count("\n")) == (3, 1)
