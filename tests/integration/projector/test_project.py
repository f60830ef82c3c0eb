"""The laws of the fold, against real Postgres."""

import asyncio
import math
import random
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.projector import store
from services.projector.batch import Batch, gather
from services.projector.project import project
from shared.alignment.model import default_model
from shared.forms import FORMS
from tests.integration.projector.history import (
    NOW,
    POLICY,
    envelope,
    join,
    live,
    prepare,
    retraction,
    same,
    states,
    touch,
)

KINDS: list[dict[str, Any]] = [
    {"kind": "email"},
    {"kind": "email", "breadth": 30},
    {"kind": "meeting", "duration_minutes": 45},
    {"kind": "call"},
    {"kind": "disclosure", "depth": 0.6},
    {"kind": "setback", "severity": 0.7},
    {"kind": "pulse", "rating": -0.5},
    {"kind": "commitment", "commitment": {"ref": "x", "state": "kept", "by": "us"}},
]


def history(seed: int, size: int = 300, span_days: float = 2000) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        touch(i, chance.choice(["ana", "bo", "cy"]), chance.random() ** 3 * span_days, **chance.choice(KINDS))
        for i in range(size)
    ]


async def test_python_and_sql_number_the_forms_alike(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("select form, kind, direction, quality from projector.forms order by form")

    assert [tuple(row) for row in rows] == [tuple(form) for form in FORMS]


async def test_a_channel_is_the_sum_of_its_fading_doses(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])

    await live(connection, [touch(1, days_ago=10, kind="meeting", duration_minutes=60), touch(2, days_ago=31)])

    state = (await states(connection))["change/ana"]
    half_life = default_model().half_life_days.contact
    since_era = (NOW - state["as_of"]).total_seconds() / 86_400
    # A day's touches weigh as of that day: both fall at noon.
    expected = 1.0 * 2 ** (-10 / half_life) + 0.25 * 2 ** (-31 / half_life)
    assert state["contact"] * 2 ** (-since_era / half_life) == pytest.approx(expected, rel=1e-9)
    assert state["touch_days"] == 2


@pytest.mark.parametrize("seed", range(3))
async def test_neither_order_nor_batches_nor_repetition_change_a_state(
    connection: asyncpg.Connection,
    seed: int,
) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    events = history(seed)
    await live(connection, events)
    at_once = await states(connection)
    await connection.execute("truncate projector.log, projector.model_days, projector.model_states")
    await connection.execute(
        "insert into projector.states (relationship_id) select relationship_id from roster.stakeholders"
    )
    chance = random.Random(seed + 100)
    chance.shuffle(events)
    batches = [events[i : i + 37] for i in range(0, len(events), 37)]

    await live(connection, *batches, *batches[:3], [*batches[4], *batches[4]])

    assert same(await states(connection), at_once)


async def test_folding_anew_from_the_log_gives_what_living_through_it_gave(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    events = history(7)
    await live(connection, *[events[i : i + 50] for i in range(0, len(events), 50)])
    lived = await states(connection)

    await connection.fetchval("select projector.refold(null, now())")

    assert same(await states(connection), lived)


async def test_a_retraction_undoes_exactly(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    events = history(9)
    await live(connection, events[:200])
    before = await states(connection)

    await live(connection, events[200:], [retraction(i) for i in range(200, 300)])

    assert same(await states(connection), before)


async def test_a_retraction_that_comes_first_still_wins(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    before = await states(connection)

    await live(connection, [retraction(1)], [touch(1)])

    assert same(await states(connection), before)
    assert await connection.fetchval("select retracted from attune.touchpoints where id = 'event-1'")


async def test_a_retraction_in_the_same_batch_wins(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    before = await states(connection)

    await live(connection, [retraction(1), touch(1)])

    assert same(await states(connection), before)


async def test_the_same_retraction_twice_takes_back_once(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await live(connection, [touch(1)])
    kept = await states(connection)

    first, second = await live(connection, [touch(2, days_ago=3), retraction(2)], [retraction(2)])

    assert (first.retractions, second.retractions) == (1, 0)
    assert same(await states(connection), kept)


async def test_the_same_id_with_other_content_is_a_conflict_and_the_first_stays(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, ["ana", "bo"])
    await live(connection, [touch(1)])
    first = await states(connection)
    crowd = [{"address": "ana@corp.example"}, {"address": "bo@corp.example"}]

    (projected,) = await live(connection, [touch(1, people=crowd), touch(2, "bo", 400), touch(2, "bo", 5)])

    assert {said["event_id"] for said in projected.conflicts} == {"event-1", "event-2"}
    now = await states(connection)
    assert now["change/ana"] == first["change/ana"]
    assert await connection.fetchval("select count(*) from attune.touchpoints") == 2


async def test_people_of_one_meeting_are_all_logged_or_none(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo"])
    crowd = [{"address": f"{name}@corp.example"} for name in ("ana", "bo", "stranger")]

    await live(connection, [touch(1, kind="meeting", people=crowd)], [touch(1, kind="meeting", people=crowd)])

    rows = await connection.fetch("select stakeholder from attune.touchpoints order by 1")
    assert [row["stakeholder"] for row in rows] == ["ana", "bo", None]


async def test_a_chatty_day_is_one_touch_day_and_at_most_the_models_ceiling(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, ["ana"])

    await live(connection, [touch(i, days_ago=2 + i / 1000, kind="meeting", duration_minutes=60) for i in range(20)])

    state = (await states(connection))["change/ana"]
    model = default_model()
    midnight = NOW.replace(hour=0).timestamp() - 2 * 86_400
    weight = 2 ** ((midnight - state["as_of"].timestamp()) / 86_400 / model.half_life_days.contact)
    assert state["touch_days"] == 1
    assert state["contact"] == pytest.approx(model.dose.day_most * weight, rel=1e-9)


async def test_a_planned_meeting_feeds_nothing_and_shows_as_the_plan(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    before = await states(connection)

    await live(connection, [touch(1, days_ago=-3, kind="meeting", planned=True)])

    assert same(await states(connection), before)
    count = await connection.fetchval("select count(*) from attune.touchpoints where planned")
    assert count == 1


async def test_a_touchpoint_that_names_its_initiative_feeds_only_that(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"], "change")
    await prepare(connection, ["ana"], "merger")

    await live(connection, [touch(1, initiative="merger"), touch(2, days_ago=9)])

    now = await states(connection)
    assert (now["change/ana"]["touch_days"], now["merger/ana"]["touch_days"]) == (1, 2)


async def test_a_stranger_is_logged_and_counts_once_on_the_roster(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await live(connection, [touch(1, "dana"), touch(2, "dana", 8)])
    relationship = await join(connection, "dana")

    await connection.fetchval("select projector.refold($1, now())", [relationship])

    assert (await states(connection))["change/dana"]["touch_days"] == 2


async def test_history_of_a_quarter_century_stays_within_a_double(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo"])
    # The youngest first, so that each older one lands in an era long past.
    events = [touch(i, days_ago=i * 90 + 0.1, kind="setback", severity=0.9) for i in range(110)]
    await live(connection, events, [touch(500, "bo", 9_900)])
    lived = await states(connection)

    await connection.fetchval("select projector.refold(null, now())")

    assert same(await states(connection), lived)
    assert all(math.isfinite(lived["change/ana"][name]) for name in ("strain", "evidence"))
    assert lived["change/bo"]["pace_fast"] > 0


async def test_replicas_that_share_the_work_never_deadlock_and_count_once(
    database: str,
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    events = history(21, size=600, span_days=60)
    shuffled = random.Random(4).sample(events, len(events))
    replicas = [await asyncpg.connect(database, server_settings=store.CONNECTION_SETTINGS) for _ in range(3)]

    async def run(replica: asyncpg.Connection, mine: list[dict[str, Any]]) -> None:
        for i in range(0, len(mine), 20):
            await project(gather([envelope([*mine[i : i + 20], *([retraction(i)] if i % 100 == 0 else [])])]), replica)

    await asyncio.gather(run(replicas[0], events), run(replicas[1], shuffled), run(replicas[2], events[::-1]))
    lived = await states(connection)
    await connection.fetchval("select projector.refold(null, now())")

    assert same(await states(connection), lived)
    assert await connection.fetchval("select count(*) from attune.touchpoints") == 600
    for replica in replicas:
        await replica.close()


async def test_an_unreadable_envelope_is_named_and_its_neighbours_pass() -> None:
    batch = gather([b"\xff", envelope([touch(1)]), b'{"data": {"touchpoints": 1, "retractions": 2}}'])

    assert batch.events == 1
    assert len(batch.unreadable) == 2


async def test_an_event_of_others_that_names_who_is_kept_out_is_not_taken_in(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["bo"])
    promise = {"state": "made", "by": "us"}
    early = touch(1, "bo", kind="commitment", commitment=promise | {"ref": "ask gil@corp.example"})
    await project(gather([envelope([early])], POLICY.handle_key), connection)
    await connection.execute(
        "insert into roster.suppressed (handle, suppressed_at, reason) values ($1, now(), 'forgotten')",
        POLICY.handle_of("gil@corp.example"),
    )
    events = [
        early,
        touch(2, "bo", kind="commitment", commitment=promise | {"ref": "ask-GIL@corp.example-again"}),
        touch(3, "bo", initiative="about gil@corp.example"),
        touch(4, "bo") | {"id": "gil@corp.example"},
        touch(5, "bo", kind="commitment", commitment=promise | {"ref": "ask fay@corp.example"}),
        touch(6, "gil", kind="commitment", commitment=promise | {"ref": "ask mailto:gil@corp"}),
        {**retraction(7), "data": {"source": "mail/inbox", "id": "gil@corp.example"}},
    ]

    done = await project(gather([envelope(events)], POLICY.handle_key), connection)

    assert (done.events, done.duplicates, done.retractions, done.withheld) == (1, 1, 1, 1)
    assert {said["event_id"] for said in done.named} == {"event-2", "event-3", "gil@corp.example"}
    rows = await connection.fetch("select event_id from projector.log order by recorded_at")
    assert [row["event_id"] for row in rows] == ["event-1", "event-5"]
    [taken] = await connection.fetch("select event_id, event_source, event_key from projector.retractions")
    assert (taken["event_id"], taken["event_source"]) == (f"forgotten:{taken['event_key'].hex}", "forgotten")


async def test_the_smallest_doubles_count_as_nothing_and_break_nothing(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    tiny = 5e-324
    odd = [
        touch(1, kind="setback", severity=tiny, breadth=100),
        touch(2, kind="meeting", duration_minutes=tiny),
        touch(3, kind="pulse", rating=-tiny),
        touch(4, kind="disclosure", depth=tiny, breadth=1_000_000),
    ]

    await live(connection, odd, [touch(5)])

    assert await connection.fetchval("select count(dose) from attune.touchpoints") == 5
    await connection.fetchval("select projector.refold(null, now())")
    assert (await states(connection))["change/ana"]["strain"] == 0


async def test_one_person_with_two_addresses_counts_once_for_an_event(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo"])
    await connection.execute(
        "insert into roster.addresses select $1, person_id, $2 from roster.people where stakeholder = 'ana'",
        POLICY.handle_of("ana@home.example"),
        "ana@home.example",
    )
    both = [{"address": "ana@corp.example"}, {"address": "ana@home.example"}]

    await live(
        connection,
        [touch(1, kind="setback", severity=1, people=both, breadth=2)],
        [touch(2, "bo", kind="setback", severity=1, breadth=2)],
    )
    lived = await states(connection)
    await connection.fetchval("select projector.refold(null, now())")

    assert lived["change/ana"]["strain"] == pytest.approx(lived["change/bo"]["strain"])
    assert same(await states(connection), lived)


async def test_a_cancelled_plan_shows_no_more_and_folds_nobody(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await live(connection, [touch(1, days_ago=-3, kind="meeting", planned=True)])

    await live(connection, [retraction(1)])

    assert await connection.fetchval("select next_planned_at is null from attune.alignment")


async def test_who_was_never_touched_stands_in_every_reading_as_unknown(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])

    for reading in ("attune.alignment", "attune.alignment_at(now())", "attune.alignment_at(now(), now())"):
        rows = await connection.fetch(f"select stakeholder, band, risk from {reading}")
        assert [tuple(row) for row in rows] == [("ana", "unknown", None)]


async def test_what_lies_ahead_is_the_next_meeting_or_the_next_promise_due(connection: asyncpg.Connection) -> None:
    def promise(number: int, days_ago: float, state: str, due_in: float | None) -> dict[str, Any]:
        due = {} if due_in is None else {"due_at": (NOW + timedelta(days=due_in)).isoformat()}
        return touch(
            number, days_ago=days_ago, kind="commitment", commitment={"ref": "p", "state": state, "by": "us"} | due
        )

    async def days_ahead() -> int:
        ahead = await connection.fetchval("select next_planned_at from attune.alignment")
        assert ahead == await connection.fetchval("select next_planned_at from attune.alignment_at(now())")
        return int((ahead - NOW).days)

    await prepare(connection, ["ana"])
    await live(connection, [touch(1, days_ago=-9, kind="meeting", planned=True)])
    assert await days_ahead() == 9

    await live(connection, [promise(2, 5, "made", 4)])
    assert await days_ahead() == 4
    await live(connection, [promise(3, 4, "renegotiated", 6), promise(4, 3, "renegotiated", None)])
    assert await days_ahead() == 6
    await live(connection, [promise(5, 2, "kept", None)])
    assert await days_ahead() == 9


async def test_a_batch_is_halved_into_whole_events() -> None:
    crowd = [{"address": f"{name}@corp.example"} for name in ("ana", "bo", "cy")]
    batch = gather([envelope([touch(1), touch(2, people=crowd), touch(3), retraction(8), retraction(9)])])

    def parts(batch: Batch) -> list[Batch]:
        return [leaf for half in batch.halves() for leaf in parts(half)] or [batch]

    leaves = parts(batch)

    assert [leaf.said_first()["event_id"] for leaf in leaves] == ["event-1", "event-2", "event-3", "event-8", "event-9"]
    assert [len(leaf.touchpoints["ordinal"]) for leaf in leaves] == [1, 3, 1, 0, 0]
