"""What `attune source list` tells of the connectors, on a running attune."""

import json
from typing import Any

import asyncpg

from shared.plumbing.credentials import Credentials
from tests.house import House, until
from tests.integration.ingest.intake import Intake
from tests.integration.ingest.reports import report


def listed(attune: House, name: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = json.loads(attune.attune("source", "list", "--json"))
    return next(row for row in rows if row["name"] == name)


async def test_a_source_that_was_never_heard_has_brought_nothing(attune: House) -> None:
    attune.source("unheard")

    row = listed(attune, "unheard")

    assert row["subject"] == "touchpoints.in.unheard"
    assert (row["last_event_at"], row["rejected"], row["stale_since"]) == (None, 0, None)


async def test_people_who_query_see_it_too(attune: House) -> None:
    connection = await attune.postgres()
    attune.source("never-heard")

    async def seen() -> asyncpg.Record | None:
        return await connection.fetchrow("select * from attune.sources where source = 'never-heard'")

    row = await until(seen)
    await connection.close()
    assert (row["touchpoints"], row["rejected"], row["events_per_day"]) == (0, 0, 0)
    assert (row["last_event_at"], row["stale_since"]) == (None, None)
    assert row["added_at"]


async def test_what_a_source_brings_and_what_is_refused_of_it_shows_in_its_health(
    attune: House, acme: Credentials, intake: Intake
) -> None:
    before = listed(attune, acme.name)
    await intake.send([report(), report(), report() | {"id": ""}])

    async def seen() -> dict[str, Any] | None:
        after = listed(attune, acme.name)
        is_counted = after["rejected"] > before["rejected"] and after["events_per_day"] > before["events_per_day"]
        return after if is_counted else None

    after = await until(seen)
    assert after["rejected"] == before["rejected"] + 1
    assert after["last_event_at"]
