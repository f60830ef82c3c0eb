"""The demo's story reads as a person who knows these people would tell it."""

from datetime import timedelta
from typing import Any

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

READS_AS = {
    Character.FADING_SPONSOR: ({"misaligned"}, {"fading"}),
    Character.SHAKEN: ({"cooling", "aligned"}, set()),  # it was repaired: strain shows, and depth carries it
    Character.SHALLOW: ({"cooling", "misaligned"}, {"shallow"}),
    Character.ONE_SIDED: ({"cooling", "misaligned"}, {"one_sided"}),
    Character.KEPT: ({"aligned"}, set()),
    Character.STEADY: ({"aligned"}, set()),
    Character.COOLING: ({"cooling"}, set()),
    Character.OVERDUE: ({"aligned", "cooling"}, {"overdue"}),
    Character.BOOKED: ({"aligned", "cooling"}, set()),
    Character.NEVER_MET: ({"unknown"}, {"never_met"}),
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
        bands, reasons = READS_AS[person.character]

        assert told[person.name]["band"] in bands, person
        assert set(told[person.name]["reasons"]) == reasons, person


async def test_the_finance_lead_bears_a_strain_that_depth_carries(told: dict[str, dict[str, Any]]) -> None:
    [omar] = [told[person.name] for person in CAST if person.character is Character.SHAKEN]

    assert omar["strain"] > 40
    assert omar["depth"] > 80
    assert "shaken" not in omar["reasons"]


async def test_a_booked_meeting_shows_as_the_plan(told: dict[str, dict[str, Any]]) -> None:
    booked = [told[person.name] for person in CAST if person.character is Character.BOOKED]

    assert booked
    assert all(person["next_planned_at"] is not None for person in booked)
