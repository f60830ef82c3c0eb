"""Whole files of real interactions, counted a second time by plain Python."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import asyncpg
import orjson
import pytest

from services.ingest.commands.import_csv import roster_of, shift_to
from services.ingest.connectors import csv as reader
from services.ingest.connectors.items import Item
from services.ingest.interpret import interpret
from services.projector import store
from services.projector.batch import gather
from services.projector.project import project
from shared.events.accepted import pack
from shared.plumbing.roster import put
from tests.integration.projector.history import NOW, POLICY

DATA = Path(__file__).parents[4] / "shared" / "data"
AT_ONCE = 5000


class Total(NamedTuple):
    """What one relationship comes to."""

    rows: int
    touch_days: int
    last_touch_at: datetime | None


def file(name: str) -> Path:
    path = DATA / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here: the real data lie beside the repository, in ../shared/data")
    return path


def counted_by_hand(path: Path, shift: timedelta) -> dict[tuple[str, str], Total]:
    """Count with nothing of ours: a broadcast is kept, but it is no touch."""
    rows = Counter[tuple[str, str]]()
    touches = defaultdict[tuple[str, str], list[datetime]](list)
    with gzip.open(path, "rt") as text:
        for row in csv.DictReader(text):
            tie = (row["ego"], row["stakeholder"])
            rows[tie] += 1
            if not row["kind"].endswith("_broadcast"):
                touches[tie].append(datetime.fromisoformat(row["occurred_at"]) + shift)
    return {
        tie: Total(rows[tie], len({touch.date() for touch in touches[tie]}), max(touches[tie], default=None))
        for tie in rows
    }


def envelopes(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(items, AT_ONCE)):
        yield batch


@pytest.fixture(autouse=True)
async def as_projector(connection: asyncpg.Connection) -> None:
    for name, value in store.CONNECTION_SETTINGS.items():
        await connection.execute(f"set {name} = {value}")


async def take_in(connection: asyncpg.Connection, path: Path, shift: timedelta) -> None:
    for batch in envelopes(reader.items(path, reader.from_ego, shift)):
        outcomes = interpret(orjson.dumps(batch), "csv", NOW, POLICY)
        touchpoints = [touchpoint for outcome in outcomes for touchpoint in outcome.touchpoints]
        assert len(touchpoints) == len(batch)
        await project(gather([pack(touchpoints, [], "test")]), connection)


async def totals(connection: asyncpg.Connection) -> dict[tuple[str, str], Total]:
    rows = await connection.fetch(
        "select initiative, stakeholder, touch_days, last_touch_at, logged "
        "from (select relationship_id, count(*) as logged "
        "      from roster.followed join projector.log using (handle, initiative) group by 1) as counted "
        "join projector.states using (relationship_id) "
        "join roster.stakeholders using (relationship_id) join roster.people using (person_id)"
    )
    return {
        (row["initiative"], row["stakeholder"]): Total(row["logged"], row["touch_days"], row["last_touch_at"])
        for row in rows
    }


@pytest.mark.parametrize("name", ["enron_email", "manufacturing_email"])
async def test_a_whole_file_comes_to_what_an_independent_count_says(connection: asyncpg.Connection, name: str) -> None:
    path = file(name)
    found = reader.survey(path, reader.from_ego)
    shift = shift_to(NOW, found)

    await take_in(connection, path, shift)
    await put(connection, roster_of(found), POLICY.handle_key, NOW)

    assert await totals(connection) == counted_by_hand(path, shift)


async def test_a_second_import_counts_nothing(connection: asyncpg.Connection) -> None:
    path = file("enron_email")
    await put(connection, roster_of(reader.survey(path, reader.from_ego)), POLICY.handle_key, NOW)
    await take_in(connection, path, timedelta(0))
    before = await connection.fetch("select * from projector.states order by relationship_id")

    await take_in(connection, path, timedelta(0))

    assert await connection.fetch("select * from projector.states order by relationship_id") == before


def test_the_shift_brings_the_last_row_into_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("ego,stakeholder,occurred_at,direction,kind\ne1,e2,2001-01-01T00:00:00Z,in,email\n")
    now = NOW.replace(microsecond=250_000)

    found = reader.survey(path, reader.from_ego)

    assert found.last is not None
    assert now - (found.last.occurred_at + shift_to(now, found)) == timedelta(microseconds=250_000)
