"""The kind counts: from a connector's words to Postgres' reading, on a database that was there before."""

import os
from typing import Any

import asyncpg
import orjson

from services.cli.house import migrated
from services.ingest.interpret import Outcome, Policy, interpret
from services.projector.batch import gather
from services.projector.project import project
from shared.alignment.model import default_model
from shared.events.accepted import pack
from shared.plumbing import clock

POLICY, NOW = Policy(b"a key"), clock.now()


def said(**data: Any) -> Outcome:
    event = {
        "specversion": "1.0",
        "type": "attune.touchpoint.v1",
        "source": "crm",
        "id": "door-1",
        "time": NOW.isoformat(),
        "data": {"kind": "introduction", "direction": "inbound", "people": [{"address": "ana@corp.example"}], **data},
    }
    [outcome] = interpret(orjson.dumps(event), "crm", NOW, POLICY)
    return outcome


async def test_an_introduction_counts_as_much_as_they_vouched_for_us() -> None:
    connection = await asyncpg.connect(os.environ["ATTUNE_DATABASE_URL"])
    await migrated(os.environ["ATTUNE_DATABASE_URL"])

    await project(gather([pack(list(said(warmth=0.5).touchpoints), [], "1")]), connection)

    row = await connection.fetchrow("select kind, direction, dose from attune.touchpoints")
    assert tuple(row) == ("introduction", "inbound", 0.5)
    weighed = "select contact, dialogue, depth from projector.weights join projector.forms using (form)"
    row = await connection.fetchrow(f"{weighed} where kind = 'introduction' and direction = 'inbound'")
    assert tuple(row) == (1.0, 1.0, 0.8)
    await connection.close()


def test_what_breaks_a_rule_is_refused_by_name() -> None:
    refusal = said(warmth=2).refusal

    assert refusal
    assert (refusal.field, refusal.value) == ("data.warmth", "2")


def test_the_model_that_ships_weighs_it() -> None:
    assert [row.depth for row in default_model().weights if row.kind == "introduction"] == [0.0, 0.8]
