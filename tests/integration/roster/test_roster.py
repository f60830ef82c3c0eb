from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from shared.errors import Refused
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
