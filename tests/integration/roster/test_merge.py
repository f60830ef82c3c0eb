"""Merging two people and parting them again."""

from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.roster import store
from services.roster.block import block_address
from services.roster.forget import forget
from services.roster.identity import Identity, known
from services.roster.merge import merge, unmerge
from shared.errors import Refused
from shared.events.handle import handle_of
from shared.plumbing.roster import put
from shared.roster import Entry
from tests.integration.projector.history import NOW, POLICY, live, prepare, same, states, touch

KINDS = ("email", "meeting", "setback", "disclosure")
FACTS: dict[str, dict[str, Any]] = {"setback": {"severity": 0.4}, "disclosure": {"depth": 0.6}}


def entry(who: str, initiative: str = "change", **facts: Any) -> Entry:
    return Entry(initiative, (f"{who}@corp.example",), stakeholder=who, **facts)


async def person(connection: asyncpg.Connection, who: str) -> Identity:
    return await known(
        connection, await connection.fetchval("select person_id from roster.people where stakeholder = $1", who)
    )


async def enter(connection: asyncpg.Connection, *entries: Entry) -> None:
    await prepare(connection, [])
    await put(connection, entries, POLICY.handle_key, NOW, "mira")


async def join(connection: asyncpg.Connection, kept: str, gone: str) -> None:
    await merge(connection, await person(connection, kept), await person(connection, gone), NOW, "mira")


async def test_who_is_merged_stands_as_one_person_with_both_addresses_would(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana", role="sponsor"), entry("anna"), entry("anna", "other"))
    # The third speaks of both: for one person it counts once.
    both = touch(3, "ana", 5) | {}
    both["data"]["people"].append({"address": "anna@corp.example"})
    events = [touch(1, "ana", 3), touch(2, "anna", 4), both]
    await live(connection, events)

    await join(connection, "ana", "anna")
    merged = await states(connection)

    await enter(connection, Entry("change", ("bo@corp.example", "bob@corp.example"), stakeholder="bo"))
    twin = touch(13, "bo", 5)
    twin["data"]["people"].append({"address": "bob@corp.example"})
    await live(connection, [touch(11, "bo", 3), touch(12, "bob", 4), twin])
    assert merged.keys() == {"change/ana", "other/ana"}
    assert same({"it": merged["change/ana"]}, {"it": (await states(connection))["change/bo"]})


async def test_whom_somebody_changed_meanwhile_is_neither_forgotten_nor_merged(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"), entry("anna"))
    ana, anna = await person(connection, "ana"), await person(connection, "anna")
    stranger = Identity(None, ("bo@corp.example",), (handle_of(POLICY.handle_key, "bo@corp.example"),))
    at_home = Entry("change", ("ana@home.example",), stakeholder="ana")
    await put(connection, [at_home, entry("bo")], POLICY.handle_key, NOW, "mira")

    for late in (
        forget(connection, ana, NOW, "mira"),
        forget(connection, stranger, NOW, "mira"),
        block_address(connection, ana, "ana@corp.example", POLICY.handle_key, NOW, "mira"),
        merge(connection, anna, ana, NOW, "mira"),
        merge(connection, ana, anna, NOW, "mira"),
    ):
        with pytest.raises(Refused, match="was changed meanwhile: try again"):
            await late

    assert await connection.fetchval("select count(*) from roster.suppressed") == 0
    assert (await person(connection, "ana")).addresses == ("ana@corp.example", "ana@home.example")


async def test_unmerging_gives_back_everything(connection: asyncpg.Connection) -> None:
    await enter(
        connection, entry("ana", role="sponsor"), entry("anna", cadence_days=9.0, owner="olaf"), entry("anna", "other")
    )
    await live(connection, [touch(n, ("ana", "anna")[n % 2], n) for n in range(1, 9)])
    rows, were = await store.entries(connection, None), await states(connection)
    ids = await connection.fetch("select * from roster.stakeholders order by relationship_id")

    await join(connection, "ana", "anna")
    assert len(await store.entries(connection, None)) == 2
    assert await unmerge(connection, "anna", NOW, "mira") == "ana"

    assert await store.entries(connection, None) == rows
    assert await connection.fetch("select * from roster.stakeholders order by relationship_id") == ids
    assert same(await states(connection), were)
    assert [c["change"] for c in await store.changes(connection, 99, None, "anna")] == [
        "entered", "entered", "merged", "merged", "unmerged", "unmerged",
    ]  # fmt: skip


touches = st.lists(
    st.tuples(st.sampled_from(["ana", "anna"]), st.sampled_from(KINDS), st.integers(0, 900)), min_size=1, max_size=12
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(touches, touches, st.booleans())
async def test_merging_and_unmerging_give_the_original_states(
    connection: asyncpg.Connection, before: list[Any], after: list[Any], swapped: bool
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await enter(connection, entry("ana"), entry("anna"), entry("anna", "other"))
    history = [
        touch(n, who, days, kind, **FACTS.get(kind, {})) for n, (who, kind, days) in enumerate([*before, *after])
    ]
    await live(connection, history)
    straight = await states(connection)
    await connection.execute("delete from projector.log; select projector.refold(null, now())")
    first, second = ("anna", "ana") if swapped else ("ana", "anna")

    await live(connection, history[: len(before)])
    await join(connection, first, second)
    await live(connection, history[len(before) :])
    await unmerge(connection, second, NOW, "mira")

    assert same(await states(connection), straight)
    await transaction.rollback()


async def test_whom_a_merge_took_along_waits_for_its_end(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"), entry("anna"), entry("annie"))
    await live(connection, [touch(n, ("ana", "anna", "annie")[n % 3], n) for n in range(1, 9)])
    were, rows = await states(connection), await store.entries(connection, None)
    await join(connection, "anna", "annie")
    await join(connection, "ana", "anna")

    with pytest.raises(Refused, match="anna was merged later"):
        await unmerge(connection, "annie", NOW, "mira")
    await unmerge(connection, "anna", NOW, "mira")
    await unmerge(connection, "annie", NOW, "mira")

    assert same(await states(connection), were)
    assert await store.entries(connection, None) == rows


async def test_an_open_alert_goes_along_and_comes_back(connection: asyncpg.Connection) -> None:
    await enter(connection, entry("ana"), entry("anna"))
    for who in ("ana", "anna"):
        await connection.execute(
            "insert into alerts.alerts (alert_id, relationship_id, status, severity, reason, reasons, drifts_at, "
            "summary, opened_at) select gen_random_uuid(), relationship_id, 'open', 'alert', 'fading', '[]', now(), "
            "'', now() from roster.entries where stakeholder = $1",
            who,
        )
    alerts = "select stakeholder, status from attune.alerts order by stakeholder, status"

    await join(connection, "ana", "anna")
    assert [tuple(row) for row in await connection.fetch(alerts)] == [("ana", "open"), ("ana", "resolved")]

    await unmerge(connection, "anna", NOW, "mira")
    assert [tuple(row) for row in await connection.fetch(alerts)] == [("ana", "open"), ("anna", "resolved")]
