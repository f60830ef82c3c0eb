"""The demo's story reads as a person who knows these people would tell it."""

from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg
import orjson
import pytest

from services.alerts.watch import audience, judge_due
from services.cli.demo.cast import CAST, Character
from services.cli.demo.play import today
from services.cli.demo.story import roster, story
from services.ingest.interpret import interpret
from services.projector.batch import gather
from services.projector.project import project
from services.roster.read import read
from shared.events.accepted import pack
from shared.plumbing import clock
from shared.plumbing.roster import put
from shared.plumbing.settings import Settings
from tests.integration.projector.history import POLICY


class Told(NamedTuple):
    """How a person who knows them all would put it."""

    band: str
    reasons: set[str]
    because: str


READS_AS = {
    Character.FADING_SPONSOR: Told("misaligned", {"fading"}, "opened the doors, came no more, and answers no mail"),
    Character.SHAKEN: Told("aligned", set(), "was let down badly, told so openly, and the new promise was kept"),
    Character.SHALLOW: Told("cooling", {"shallow"}, "gets every circular and is never asked anything"),
    Character.ONE_SIDED: Told("cooling", {"one_sided"}, "is called our champion, but it is always we who write"),
    Character.KEPT: Told("aligned", set(), "is met every week or so, and promises are kept"),
    Character.STEADY: Told("aligned", set(), "is met every other week"),
    Character.COOLING: Told("cooling", set(), "was met often until the sign-off, and gets mails since"),
    Character.OVERDUE: Told("aligned", {"overdue"}, "is on the best of terms, but nobody has called for weeks"),
    Character.BOOKED: Told("aligned", set(), "is nearly due, and the next meeting is booked"),
    Character.NEVER_MET: Told("unknown", {"never_met"}, "is on the list, and nobody knows them"),
}


@pytest.fixture
async def told(connection: asyncpg.Connection) -> dict[str, dict[str, Any]]:
    """The whole story, counted and judged: who stands how, by name."""
    now = clock.now()
    events = [event.envelope(today(now)) for event in story()]
    outcomes = interpret(orjson.dumps(events), "demo", now, POLICY)
    await project(gather([pack([t for o in outcomes for t in o.touchpoints], [], "demo")]), connection)
    await put(connection, entries(), POLICY.handle_key, now)
    later = clock.now() + timedelta(minutes=1)  # history that just came in is given time to settle
    await judge_due(connection, audience(Settings()), later)
    return {row["name"]: dict(row) for row in await connection.fetch("select * from attune.alignment")}


def entries() -> list[Any]:
    rows = roster()
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return list(read(lines))


async def test_each_character_has_the_band_and_the_reason_a_person_would_give(
    told: dict[str, dict[str, Any]],
) -> None:
    for person in CAST:
        expected, found = READS_AS[person.character], told[person.name]
        reads = found["band"], set(found["reasons"])

        assert reads == expected[:2], f"{person.name} {expected.because}, yet reads as {reads}"


async def test_it_reads_the_same_at_any_hour_of_the_day(
    told: dict[str, dict[str, Any]], connection: asyncpg.Connection
) -> None:
    for hours in (0, 24):
        midnight = today(clock.now()) + timedelta(hours=hours)
        found = await connection.fetch("select name, band from attune.alignment_at($1)", midnight)

        assert {row["name"]: row["band"] for row in found} == {who: row["band"] for who, row in told.items()}


async def test_the_finance_lead_bears_a_strain_that_depth_carries(told: dict[str, dict[str, Any]]) -> None:
    [omar] = [told[person.name] for person in CAST if person.character is Character.SHAKEN]

    assert omar["strain"] > 40
    assert omar["depth"] > 80
    assert "shaken" not in omar["reasons"]


async def test_a_booked_meeting_shows_as_the_plan(told: dict[str, dict[str, Any]]) -> None:
    booked = [told[person.name] for person in CAST if person.character is Character.BOOKED]

    assert booked
    assert all(person["next_planned_at"] is not None for person in booked)
