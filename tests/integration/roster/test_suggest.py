import json
from datetime import timedelta

import asyncpg

from services.roster.suggest import suggest
from shared.plumbing.roster import put
from shared.roster import Entry
from tests.integration.projector.history import NOW, POLICY, live, prepare, touch


async def test_strangers_are_counted_and_likely_duplicates_named_with_their_evidence(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, [])
    entries = [
        Entry("change", ("ana@corp.example",), name="Ana Lima"),
        Entry("change", ("ana@home.example",), name="Ana Lima"),
        Entry("change", ("bo@corp.example",), name="Bo"),
    ]
    await put(connection, entries, POLICY.handle_key, NOW)
    shared = [touch(n, "bo", n) for n in range(1, 4)]
    for event, address in zip(shared, ("ana@corp.example", "ana@home.example", "stranger@corp.example"), strict=True):
        event["data"]["people"].append({"address": address})
    await live(connection, [*shared, *(touch(n, "stranger", n) for n in range(10, 16)), touch(30, "old", 300)])

    found = await suggest(connection, NOW - timedelta(days=90))

    assert found.strangers == [{"initiative": None, "people": 1, "on_5_days_or_more": 1, "touchpoints": 7}]
    [pair] = found.duplicates
    assert (pair["stakeholder"], pair["other"]) == ("ana@corp.example", "ana@home.example")
    assert pair["evidence"] == [
        "same name: ana lima", "same local part: ana", "1 others were with both", "never in one event",
    ]  # fmt: skip
    assert "stranger" not in json.dumps(found)
