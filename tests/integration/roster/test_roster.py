from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from services.roster.identity import find
from services.roster.remove import remove
from services.roster.store import entries
from shared.errors import Refused
from shared.events.address import Spelling
from shared.plumbing.roster import Put, put, tried
from shared.roster import Entry
from tests.integration.projector.history import NOW, POLICY, SUMS, live, touch

ANA, BO = ("change", "ana"), ("change", "bo")


def entry(who: str, *more: str, **facts: Any) -> Entry:
    return Entry("change", (f"{who}@corp.example", *more), stakeholder=who, **facts)


async def enter(connection: asyncpg.Connection, *entries: Entry) -> Put:
    return await put(connection, entries, POLICY.handle_key, NOW)


async def everything(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        "select * from roster.people full join roster.addresses using (person_id) "
        "full join roster.stakeholders using (person_id) full join projector.states using (relationship_id) "
        "order by relationship_id, address"
    )
    return rows


async def test_entering_twice_changes_nothing(connection: asyncpg.Connection) -> None:
    entries = [entry("ana", role="sponsor", cadence_days=14.0), entry("bo", "id:b0")]
    first = await enter(connection, *entries)
    before = await everything(connection)

    second = await enter(connection, *entries)

    assert first == Put([ANA, BO], [], [])
    assert second == Put([], [], [ANA, BO])
    assert await everything(connection) == before


async def test_an_empty_field_keeps_what_is_known(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana", name="Ana", role="sponsor", importance=3.0))

    changed = await enter(connection, entry("ana", owner="mira"))

    [row] = await everything(connection)
    assert changed == Put([], [ANA], [])
    assert (row["name"], row["role"], row["importance"], row["owner"]) == ("Ana", "sponsor", 3.0, "mira")


async def test_trying_tells_what_would_change_and_changes_nothing(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"))
    before = await everything(connection)

    would, changes = await tried(connection, [entry("ana", name="Ana"), entry("bo")], POLICY.handle_key)

    assert would == Put([BO], [ANA], [])
    assert changes[0].fields() == {"name": ("ana", "Ana")}
    assert changes[1].before is None
    assert await everything(connection) == before


async def test_who_is_entered_late_stands_where_they_would_have_stood(connection: asyncpg.Connection) -> None:
    history = [touch(n, "ana", days_ago=n * 3, kind=("meeting", "email")[n % 2]) for n in range(1, 30)]
    await enter(connection, entry("bo"))
    await live(connection, history)

    await enter(connection, entry("ana"))

    late = await connection.fetchrow(
        "select states.* from projector.states join roster.stakeholders using (relationship_id) "
        "join roster.people using (person_id) where stakeholder = 'ana'"
    )
    await live(
        connection, [touch(100 + n, "bo", days_ago=n * 3, kind=("meeting", "email")[n % 2]) for n in range(1, 30)]
    )
    lived = await connection.fetchrow(
        "select states.* from projector.states join roster.stakeholders using (relationship_id) "
        "join roster.people using (person_id) where stakeholder = 'bo'"
    )
    assert late["touch_days"] == lived["touch_days"] == 29
    assert [late[name] for name in SUMS] == pytest.approx([lived[name] for name in SUMS], rel=1e-9)


async def test_a_new_address_brings_its_history(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"))
    await live(connection, [touch(1, "ana"), touch(2, "ana.private", days_ago=2)])

    changed = await enter(connection, entry("ana", "ana.private@corp.example"))

    assert changed == Put([], [ANA], [])
    assert await connection.fetchval("select touch_days from projector.states") == 2


async def test_an_address_of_somebody_else_is_refused_by_name(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"))

    with pytest.raises(Refused, match=r"ana@corp\.example is ana's and cannot be bo's too"):
        await enter(connection, entry("bo", "ana@corp.example"))

    assert [row["stakeholder"] for row in await everything(connection)] == ["ana"]


async def test_who_is_named_by_an_address_only_keeps_the_name_they_have(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"))

    added = await enter(connection, Entry("other", ("ana@corp.example",), suggested="somebody"))

    assert added.added == [("other", "ana")]


async def test_overrides_are_kept_changed_and_ended(connection: asyncpg.Connection) -> None:
    async def standing() -> Any:
        return (await entries(connection, None))[0]["overrides"], (await entries(connection, None, NOW))[0]["overrides"]

    await enter(connection, entry("ana", overrides={"fading": 55.0}))
    assert await standing() == ({"fading": 55.0},) * 2

    assert await enter(connection, entry("ana")) == Put([], [], [ANA])
    assert await enter(connection, entry("ana", overrides={"fading": 60.0, "warning_days": 3.0})) == Put([], [ANA], [])
    assert await standing() == ({"fading": 60.0, "warning_days": 3.0},) * 2

    assert await enter(connection, entry("ana", overrides={})) == Put([], [ANA], [])
    assert await standing() == ({}, {})


async def test_who_is_removed_is_on_no_roster_and_finds_their_history_when_they_come_back(
    connection: asyncpg.Connection,
) -> None:
    other = Entry("other", ("ana@corp.example",), stakeholder="ana")
    await enter(connection, entry("ana"), other, entry("bo"))
    await live(connection, [touch(n, "ana", n) for n in range(1, 6)])
    before = await everything(connection)

    ana = await find(connection, "ana", POLICY.handle_key, Spelling())
    assert await remove(connection, ana, "change", NOW, "mira") == ["change"]
    assert await connection.fetchval("select count(*) from roster.addresses") == 2
    ana = await find(connection, "ana@corp.example", POLICY.handle_key, Spelling())
    assert await remove(connection, ana, None, NOW, "mira") == ["other"]

    assert [row["stakeholder"] for row in await entries(connection, None)] == ["bo"]
    assert [row["address"] for row in await connection.fetch("select address from roster.addresses")] == [
        "bo@corp.example"
    ]
    last = await connection.fetchrow("select * from roster.log order by number desc limit 1")
    assert (last["change"], last["changed_by"], last["initiative"], last["after"]) == ("removed", "mira", "other", None)
    with pytest.raises(Refused, match="is not on a roster"):
        await remove(
            connection, await find(connection, "ana@corp.example", POLICY.handle_key, Spelling()), None, NOW, ""
        )
    await enter(connection, entry("ana"), other)
    facts = ("initiative", "stakeholder", "touch_days", "last_touch_at")
    assert sorted([row[name] for name in facts] for row in await everything(connection)) == sorted(
        [row[name] for name in facts] for row in before
    )
