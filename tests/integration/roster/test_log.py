"""The roster's log: what was, what is, who changed it and when."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.roster import store
from shared.plumbing.roster import put
from shared.roster import Entry
from tests.integration.projector.history import NOW, POLICY


async def enter(connection: asyncpg.Connection, days_ago: float, who: str, by: str = "mira", **facts: Any) -> None:
    entry = Entry("change", (f"{who}@corp.example",), stakeholder=who, **facts)
    await put(connection, [entry], POLICY.handle_key, NOW - timedelta(days=days_ago), by)


async def test_the_roster_can_be_had_as_of_any_moment(connection: asyncpg.Connection) -> None:
    await enter(connection, 30, "ana", role="user", importance=2.0)
    await enter(connection, 20, "bo")
    now_and_then = await store.entries(connection, None)
    await enter(connection, 10, "ana", role="sponsor")

    before, between, after = [await store.entries(connection, None, NOW - timedelta(days=days)) for days in (40, 15, 5)]

    assert before == []
    assert between == now_and_then
    assert after == await store.entries(connection, None)
    assert [row["role"] for row in after] == ["sponsor", None]


async def test_a_change_tells_who_when_and_what(connection: asyncpg.Connection) -> None:
    await enter(connection, 30, "ana", role="user")
    await enter(connection, 10, "ana", by="olaf", role="sponsor")
    await enter(connection, 5, "ana", by="olaf", role="sponsor")

    first, second = await store.changes(connection, 10, None, "ana")

    assert (first["changed_by"], first["before"], first["after"]["role"]) == ("mira", None, "user")
    assert (second["changed_by"], second["changed_at"]) == ("olaf", NOW - timedelta(days=10))
    assert (second["before"]["role"], second["after"]["role"]) == ("user", "sponsor")


async def test_a_new_name_is_a_change_on_every_roster_of_the_person(connection: asyncpg.Connection) -> None:
    await enter(connection, 30, "ana")
    await put(connection, [Entry("other", ("ana@corp.example",), name="Ana")], POLICY.handle_key, NOW, "mira")

    changes = await store.changes(connection, 10, None, None)

    assert [(change["initiative"], change["after"]["name"]) for change in changes[1:]] == [
        ("change", "Ana"),
        ("other", "Ana"),
    ]


@pytest.mark.parametrize("statement", ["update roster.log set changed_by = 'nobody'", "delete from roster.log"])
async def test_what_is_logged_stays(connection: asyncpg.Connection, statement: str) -> None:
    await enter(connection, 30, "ana")

    with pytest.raises(asyncpg.RaiseError, match="appended to and never changed"):
        await connection.execute(statement)
