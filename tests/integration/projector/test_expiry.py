"""What is removed for its age is carried on, so that nobody's alignment jumps, and does not come back."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from services.projector import store
from services.roster import expire as expiry
from services.roster.forget import forget
from services.roster.identity import find
from services.roster.remove import remove
from shared.events.address import Spelling
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query
from tests.integration.projector.history import NOW, POLICY, SUMS, live, prepare, retraction, states, touch

MIDNIGHT = (NOW - timedelta(days=400)).replace(hour=0)
EVENTS = [
    *(touch(n, "ana", 380 + 3 * n, kind="meeting", duration_minutes=45) for n in range(20)),
    *(touch(100 + n, "ana", 2 * n + 1) for n in range(5)),
    *(touch(200 + n, "bo", 390 + 5 * n, kind="disclosure", depth=0.7) for n in range(10)),
    touch(300, "ana", 500, kind="setback", severity=0.5),
]


async def expire(connection: asyncpg.Connection, midnight: datetime = MIDNIGHT) -> int:
    async with connection.transaction():
        await hold_fold_lock(connection)
        return int(await connection.fetchval("select projector.expire($1, $2)", midnight, NOW))


@pytest.fixture
async def lived(connection: asyncpg.Connection) -> asyncpg.Connection:
    await prepare(connection, ["ana", "bo", "cy"])
    await live(connection, EVENTS)
    return connection


def alike(one: dict[str, asyncpg.Record], other: dict[str, asyncpg.Record]) -> bool:
    facts = ("touch_days", "first_touch_at", "last_touch_at", "as_of")
    return one.keys() == other.keys() and all(
        [state[name] for name in facts] == [other[who][name] for name in facts]
        and all(state[name] == pytest.approx(other[who][name], rel=1e-9, abs=1e-9) for name in SUMS)
        for who, state in one.items()
    )


async def readings(connection: asyncpg.Connection) -> list[float]:
    rows = await connection.fetch(
        "select score, risk from attune.alignment where score is not null order by stakeholder"
    )
    return [number for row in rows for number in row]


async def test_what_is_removed_for_its_age_is_carried_on(lived: asyncpg.Connection) -> None:
    before = await states(lived)
    said = await readings(lived)

    removed = await expire(lived)

    assert removed == sum(e["time"] < MIDNIGHT.isoformat() for e in EVENTS) > 10
    assert await lived.fetchval("select count(*) from projector.log where occurred_at < $1", MIDNIGHT) == 0
    await lived.fetchval("select projector.refold(null, $1)", NOW)
    assert alike(await states(lived), before)
    assert await readings(lived) == pytest.approx(said, abs=1e-4)  # a moment has passed
    everybody = [row["relationship_id"] for row in await lived.fetch("select relationship_id from roster.stakeholders")]
    for check in ("check_states", "check_days"):
        assert await lived.fetch(query(store.PACKAGE, check), everybody, 1e-9) == []


async def test_what_is_carried_is_a_line_of_what_explains_a_reading(lived: asyncpg.Connection) -> None:
    await expire(lived)

    for who in ("ana", "bo"):
        told = await lived.fetch("select * from attune.explain('change', $1, now())", who)
        reading = await lived.fetchrow("select * from attune.alignment where stakeholder = $1", who)
        assert "expired" in {row["kind"] for row in told}
        for channel in ("contact", "dialogue", "depth", "accord", "strain"):
            assert sum(row[channel] for row in told) == pytest.approx(reading[channel], abs=1e-4)


async def test_expiring_again_and_further_carries_all_of_it(lived: asyncpg.Connection) -> None:
    before = await states(lived)

    for days in (430, 400, 400, 3):
        await expire(lived, (NOW - timedelta(days=days)).replace(hour=0))

    await lived.fetchval("select projector.refold(null, $1)", NOW)
    assert alike(await states(lived), before)


async def test_what_comes_again_after_it_was_removed_does_not_count_again(lived: asyncpg.Connection) -> None:
    await expire(lived)
    before = await states(lived)

    again, late = await live(lived, EVENTS, [touch(999, "ana", 450), touch(998, "ana", 1)])

    assert {said["event_id"] for said in again.old} == {e["id"] for e in EVENTS if e["time"] < MIDNIGHT.isoformat()}
    assert (again.events, again.duplicates) == (0, len(EVENTS) - len(again.old))
    assert ([said["event_id"] for said in late.old], late.events, late.duplicates) == (["event-999"], 1, 0)
    await live(lived, [retraction(998)])
    assert alike(await states(lived), before)
    assert await lived.fetchval("select count(*) from projector.log where occurred_at < $1", MIDNIGHT) == 0


async def test_nothing_is_carried_of_who_is_forgotten_or_removed(lived: asyncpg.Connection) -> None:
    await expire(lived)
    assert await lived.fetchval("select count(*) from projector.carried") == 2

    ana, bo = [await find(lived, who, POLICY.handle_key, Spelling()) for who in ("ana", "bo")]
    await forget(lived, ana, NOW, "test")
    assert await lived.fetchval("select count(*) from projector.carried") == 1
    await remove(lived, bo, None, NOW, "test")

    assert await lived.fetchval("select count(*) from projector.carried") == 0


async def test_a_merge_takes_what_is_carried_along_and_an_unmerge_gives_it_back(lived: asyncpg.Connection) -> None:
    await expire(lived)
    before = await states(lived)
    ana, bo, _ = [row["person_id"] for row in await lived.fetch("select person_id from roster.people order by name")]

    await lived.fetchval("select projector.refold(roster.merge($1, $2, $3, 'test'), $3)", ana, bo, NOW)
    merged = await states(lived)
    await lived.fetchval("select projector.refold(roster.unmerge(max(merge_id)), $1) from roster.merges", NOW)

    evidence = {who: state["evidence"] for who, state in before.items()}
    assert merged["change/ana"]["evidence"] == pytest.approx(evidence["change/ana"] + evidence["change/bo"])
    assert alike(await states(lived), before)


async def test_of_what_alerts_had_said_before_only_how_it_stood_by_then_is_kept(lived: asyncpg.Connection) -> None:
    for days_ago in (500, 450, 401, 400, 399, 300):
        await lived.execute(
            "insert into alerts.watches (relationship_id, judged_at, reasons) values (1, $1, array[$2]) "
            "on conflict (relationship_id) do update set judged_at = excluded.judged_at, reasons = excluded.reasons",
            NOW - timedelta(days=days_ago), f"{days_ago} days ago",
        )  # fmt: skip
    moments = [MIDNIGHT, MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=200)]
    said = [await reasons(lived, moment) for moment in moments]

    await expiry.expire(lived, MIDNIGHT, NOW)

    assert said == [["401 days ago"], ["400 days ago"], ["300 days ago"]]
    assert [await reasons(lived, moment) for moment in moments] == said
    assert await lived.fetchval("select count(*) from alerts.verdicts") == 4


async def reasons(connection: asyncpg.Connection, moment: datetime) -> list[str]:
    found: list[str] = await connection.fetchval(
        "select reasons from attune.alignment_at($1) where stakeholder = 'ana'", moment
    )
    return found
