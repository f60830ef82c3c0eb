"""The SQL contract: what people who query Postgres can rely on."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import numpy as np
import orjson
import pytest

from shared.alignment.model import Model, default_model
from shared.alignment.risk import SHIPPED, Coefficients, Surroundings, TouchDays, risk
from shared.plumbing.models import put_in_force
from tests.integration.projector.history import NOW, live, prepare, retraction, touch
from tests.integration.projector.test_project import history

COLUMNS = {
    "alignment": "initiative stakeholder name function level owner score band contact dialogue depth accord strain "
    "risk trend last_touch_at next_planned_at cadence_days drifts_at reasons model",
    "touchpoints": "id source occurred_at recorded_at kind direction dose initiative stakeholder retracted",
}
CHANNELS = ("contact", "dialogue", "depth", "accord", "strain")
READS = (
    "select * from attune.alignment",
    "select * from attune.alignment_at(now())",
    "select * from attune.alignment_at(now() - interval '9 days', now())",
    "select * from attune.explain('change', 'ana', now())",
    "select * from attune.drifting('7 days')",
    "select * from attune.forecasts",
    "select * from attune.trajectory('change', 'ana', now() - interval '9 days', now() + interval '9 days', '1 day')",
    "select * from attune.coverage",
    "select * from attune.organisation",
    "select * from attune.touchpoints",
    "select * from attune.alerts",
    "select * from attune.deliveries",
    "select * from attune.sources",
)


async def lived(connection: asyncpg.Connection, seed: int = 3) -> None:
    """Live through a history of three people."""
    await prepare(connection, ["ana", "bo", "cy"])
    await live(connection, history(seed, span_days=300))


async def row(connection: asyncpg.Connection, query: str, *arguments: Any) -> dict[str, Any]:
    found = await connection.fetchrow(query, *arguments)
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("view", COLUMNS)
async def test_a_view_has_the_promised_columns(connection: asyncpg.Connection, view: str) -> None:
    columns = await connection.fetch(
        "select column_name from information_schema.columns where table_schema = 'attune' and table_name = $1",
        view,
    )

    assert set(COLUMNS[view].split()) <= {column["column_name"] for column in columns}


@pytest.mark.parametrize("read", READS)
async def test_a_reader_may_read_what_is_promised(connection: asyncpg.Connection, read: str) -> None:
    await lived(connection)
    await connection.execute("set role attune_reader")

    await connection.fetch(read)


@pytest.mark.parametrize("table", ["projector.log", "projector.states", "roster.addresses", "roster.people"])
async def test_a_reader_sees_no_handle_and_no_address(connection: asyncpg.Connection, table: str) -> None:
    await connection.execute("set role attune_reader")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch(f"select * from {table}")


async def test_who_was_never_met_is_unknown_and_has_no_score(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])

    ana = await row(connection, "select * from attune.alignment")

    assert (ana["band"], ana["score"], ana["last_touch_at"]) == ("unknown", None, None)


async def test_the_present_folded_from_the_log_reads_like_the_live_state(connection: asyncpg.Connection) -> None:
    await lived(connection)

    async with connection.transaction():  # one now() for both
        alive = await connection.fetch("select * from attune.alignment order by stakeholder")
        folded = await connection.fetch("select * from attune.alignment_at(now()) order by stakeholder")

    for one, other in zip(alive, folded, strict=True):
        assert {k: v for k, v in one.items() if not isinstance(v, float)} == {
            k: v for k, v in other.items() if not isinstance(v, float)
        }
        assert [v for v in one.values() if isinstance(v, float)] == pytest.approx(
            [v for v in other.values() if isinstance(v, float)],
            rel=1e-9,
            abs=1e-9,
        )


async def test_a_past_moment_reads_as_the_live_state_did_then(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    events = sorted(history(5, span_days=300), key=lambda event: event["time"])
    before = [event for event in events if event["time"] <= (NOW - timedelta(days=30)).isoformat()]
    await live(connection, before)
    # To the very moment: what happened at it counts, and what happened right after it does not.
    then = datetime.fromisoformat(before[-1]["time"])
    right_after = [touch(900 + i, who) for i, who in enumerate(("ana", "bo", "cy"))]
    right_after = [event | {"time": (then + timedelta(microseconds=1)).isoformat()} for event in right_after]
    said = await connection.fetch(
        "select stakeholder, reading.score from projector.model_states states join roster.stakeholders using (relationship_id) "
        "join roster.people using (person_id), projector.read(states, $1) as reading order by 1",
        then,
    )
    await live(connection, [*right_after, *events[len(before) :]])

    told = await connection.fetch("select stakeholder, score from attune.alignment_at($1) order by 1", then)

    assert [tuple(r) for r in told] == [(r["stakeholder"], pytest.approx(r["score"], rel=1e-9)) for r in said]


async def test_what_was_recorded_later_is_unknown_as_of_then(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await live(connection, [touch(i, days_ago=40 + i) for i in range(5)])
    known_at = await connection.fetchval("select clock_timestamp()")
    before = await row(connection, "select * from attune.alignment_at($1)", NOW)
    await live(connection, [touch(9, days_ago=39, kind="meeting"), touch(10, days_ago=90), retraction(1)])

    then = await row(connection, "select * from attune.alignment_at($1, $2)", NOW, known_at)
    now = await row(connection, "select * from attune.alignment_at($1)", NOW)

    assert then["last_touch_at"] == NOW - timedelta(days=40)
    assert then["risk"] == before["risk"]
    assert now["last_touch_at"] == NOW - timedelta(days=39)
    assert then["contact"] < now["contact"]


async def test_contributions_add_up_to_their_channels(connection: asyncpg.Connection) -> None:
    await lived(connection)
    chatty = [touch(900 + i, days_ago=4 + i / 1000, kind="meeting") for i in range(8)]
    await live(connection, chatty)

    async with connection.transaction():
        ana = await row(connection, "select * from attune.alignment where stakeholder = 'ana'")
        sums = await row(
            connection,
            f"select {', '.join(f'sum({c}) as {c}' for c in CHANNELS)} from attune.explain('change', 'ana', now())",
        )

    assert [sums[c] for c in CHANNELS] == pytest.approx([ana[c] for c in CHANNELS], rel=1e-9)


async def test_a_trajectory_ends_in_the_forecast_of_silence(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await live(connection, [touch(i, days_ago=i * 7 + 1, kind="meeting") for i in range(8)])

    points = await connection.fetch(
        "select * from attune.trajectory('change', 'ana', $1, $2, '10 days')",
        NOW - timedelta(days=50),
        NOW + timedelta(days=100),
    )

    assert [point["forecast"] for point in points] == [False] * 6 + [True] * 10  # NOW was yesterday
    scores = [point["score"] for point in points if point["forecast"]]
    assert scores == sorted(scores, reverse=True)
    assert points[0]["score"] is None or points[0]["score"] < points[5]["score"]


async def test_trend_is_the_score_against_thirty_days_ago(connection: asyncpg.Connection) -> None:
    await lived(connection)

    async with connection.transaction():
        now = await row(connection, "select score, trend from attune.alignment where stakeholder = 'bo'")
        then = await row(
            connection,
            "select score from attune.alignment_at(now() - interval '30 days') where stakeholder = 'bo'",
        )

    assert now["trend"] == pytest.approx(now["score"] - then["score"], abs=1e-9)


async def test_trend_is_exact_on_busy_days_and_on_the_day_thirty_days_ago(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    now = (await connection.fetchval("select now()") - NOW).total_seconds() / 86_400
    chatty = [touch(i, days_ago=30 - now + (i - 6) / 20, kind="meeting", duration_minutes=50) for i in range(12)]
    deeper = [touch(50 + i, days_ago=40 - 5 * i, kind="disclosure", depth=0.8) for i in range(7)]
    shaken = [touch(70, days_ago=20, kind="setback", severity=0.7), touch(71, days_ago=35, kind="setback", severity=1)]
    await live(connection, chatty, deeper, shaken)

    async with connection.transaction():
        alive = await row(connection, "select score, trend from attune.alignment")
        then = await row(connection, "select score from attune.alignment_at(now() - interval '30 days')")

    assert alive["trend"] == pytest.approx(alive["score"] - then["score"], abs=1e-9)


async def test_who_was_unknown_thirty_days_ago_has_no_trend(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await live(connection, [touch(1, days_ago=60), *(touch(2 + i, days_ago=3 + i, kind="meeting") for i in range(3))])

    ana = await row(connection, "select score, trend from attune.alignment")

    assert ana["score"] > 0
    assert ana["trend"] is None


async def test_coverage_counts_bands_per_function_and_level(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    await connection.execute("update roster.stakeholders set function = 'finance', level = 'executive', owner = 'me'")
    await live(connection, [touch(i, days_ago=i * 7 + 1, kind="meeting", duration_minutes=60) for i in range(8)])

    cell = await row(connection, "select * from attune.coverage")

    assert (cell["stakeholders"], cell["aligned"], cell["unknown"]) == (3, 1, 2)
    assert (cell["covered"], cell["held_by"], cell["single_threaded"]) == (True, 1, True)
    assert cell["owners"] == ["me"]


async def test_the_organisation_says_through_how_many_and_whom_of_us_each_part_is_held(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    await connection.execute(
        "update roster.stakeholders set function = 'finance', level = 'staff', owner = 'me';"
        "update roster.stakeholders set level = 'board', owner = 'eva' "
        "where person_id = (select person_id from roster.people where stakeholder = 'ana')",
    )
    for number, (who, by) in enumerate([("ana", "eva@us.example"), ("bo", "me@us.example"), ("cy", "me@us.example")]):
        met = [touch(100 * number + i, who, i + 1, kind="meeting", duration_minutes=60, by=by) for i in range(6)]
        await live(connection, met if who != "cy" else met[:1])

    found = await connection.fetch("select * from attune.organisation")

    parts = {(row["dimension"], row["part"]): row for row in found}
    names = ("covered", "held_by", "single_threaded", "owners")
    assert [parts["horizontal", "finance"][name] for name in names] == [True, 2, False, ["eva", "me"]]
    assert [parts["vertical", "staff"][name] for name in names] == [True, 1, True, ["me"]]
    assert [parts["strategic", "change"][name] for name in names] == [True, 1, True, ["eva"]]
    assert parts["operational", "change"]["held_by"] == 1
    assert parts["whole", "change"]["held_by"] == 2


async def test_sql_and_python_see_the_same_risk(connection: asyncpg.Connection) -> None:
    await lived(connection)
    model = default_model()

    for days_ahead in (0, 3, 40, 4000):
        moment = NOW + timedelta(days=days_ahead)
        for found in await connection.fetch(
            "select relationship_id, projector.risk(states, $1) as risk from projector.model_states as states",
            moment,
        ):
            days = await connection.fetch(
                "select day from projector.days where touches > 0 and relationship_id = $1",
                found["relationship_id"],
            )
            touch_days = TouchDays.of([row["day"] for row in days], model.horizon.days)
            expected = risk(touch_days, moment.timestamp() / 86_400, model.horizon.days)
            assert found["risk"] == pytest.approx(float(expected[0]), rel=1e-9)


async def test_sql_and_python_see_the_same_risk_of_a_model_that_asks_for_the_initiative(
    connection: asyncpg.Connection,
) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    fitted = Coefficients(1.0, -0.3, 0.5, -0.7, -0.6, 0.2, 1.0, silence=0.3, initiative_pace=0.2, initiative_trend=-0.4)
    horizon = {"days": 30, "pace_fast": 0.5, "pace": 0.75, "pace_slow": 8}
    model = Model.model_validate(default_model().model_dump() | {"risk": asdict(fitted), "horizon": horizon})
    await put_in_force(connection, model, NOW)
    await connection.execute("select projector.refold(null, now())")
    await live(connection, history(3, span_days=300))

    async with connection.transaction():
        moment = await connection.fetchval("select now()")
        said = await connection.fetch("select stakeholder, risk from attune.alignment order by stakeholder")
        folded = await connection.fetch("select stakeholder, risk from attune.alignment_at(now()) order by stakeholder")
        few = await connection.fetch(
            "select stakeholder, projector.risk(states, now()) from projector.model_states as states "
            "join projector.in_force using (version) join roster.stakeholders using (relationship_id) join roster.people using (person_id) order by stakeholder",
        )
    days = await connection.fetch(
        "select array_agg(day order by day) as days from projector.days where touches > 0 "
        "group by relationship_id order by relationship_id",
    )
    each = [TouchDays.of(row["days"], 30, model.horizon.paces) for row in days]
    known = TouchDays(*(np.concatenate([getattr(one, name.name) for one in each]) for name in fields(TouchDays)))
    around = Surroundings.of(known, np.zeros(3, np.int64), 30, model.horizon.paces)
    expected = risk(known, moment.timestamp() / 86_400, 30, fitted, around, model.horizon.paces)

    for found in (said, folded, few):
        assert [one["risk"] for one in found] == pytest.approx(expected.tolist(), rel=1e-9)


async def test_the_rhythm_of_a_role_is_found_however_it_is_written(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    await connection.execute("update roster.stakeholders set role = 'board Member'")
    rhythms = default_model().cadence_days | {"Board member": 9.0}
    await put_in_force(connection, default_model().model_copy(update={"cadence_days": rhythms}), NOW)
    await connection.execute("select projector.refold(null, now())")

    assert await connection.fetchval("select cadence_days from attune.alignment") == 9.0


async def test_the_shipped_model_holds_the_fitted_coefficients() -> None:
    assert default_model().risk.model_dump() == asdict(SHIPPED)


async def test_sums_beyond_all_measure_still_read(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    kept: dict[str, Any] = {"kind": "commitment", "commitment": {"ref": "x", "state": "kept", "by": "us"}}
    events = [touch(i, days_ago=i / 1000, **kept) for i in range(1500)]
    await live(connection, events, [touch(5000 + i, kind="setback", severity=1, days_ago=1) for i in range(1500)])

    ana = await row(connection, "select * from attune.alignment")

    assert ana["accord"] == pytest.approx(100)
    assert ana["score"] == pytest.approx(0, abs=1e-9)


async def test_the_organisation_is_read_along_functions_levels_and_reach(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    await connection.execute(
        "update roster.stakeholders set function = 'finance', level = 'staff', importance = 1;"
        "update roster.stakeholders set level = 'Executive', importance = 3 "
        "where person_id = (select person_id from roster.people where stakeholder = 'ana')",
    )
    meetings = [touch(i, days_ago=i * 7 + 1, kind="meeting", duration_minutes=60) for i in range(8)]
    await live(connection, meetings, [touch(100 + i, "bo", days_ago=i * 9 + 1) for i in range(8)])

    async with connection.transaction():
        scores = dict(await connection.fetch("select stakeholder, score from attune.alignment"))
        found = await connection.fetch("select dimension, part, stakeholders, unknown, score from attune.organisation")

    parts = {(row["dimension"], row["part"]): row for row in found}
    assert {key: row["stakeholders"] for key, row in parts.items()} == {
        ("whole", "change"): 3,
        ("horizontal", "finance"): 3,
        ("vertical", "Executive"): 1,
        ("vertical", "staff"): 2,
        ("strategic", "change"): 1,
        ("operational", "change"): 2,
    }
    assert parts["strategic", "change"]["score"] == pytest.approx(scores["ana"])
    assert parts["whole", "change"]["unknown"] == 1
    assert parts["whole", "change"]["score"] == pytest.approx((3 * scores["ana"] + scores["bo"]) / 4)


async def test_a_past_moment_is_folded_for_nobody_who_is_not_asked_for(connection: asyncpg.Connection) -> None:
    await lived(connection)

    plan = await connection.fetchval(
        "explain (analyze, format json) "
        "select * from attune.alignment_at(now() - interval '9 days') where initiative = 'change' and stakeholder = 'bo'"
    )

    def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for below in node.get("Plans", ()):
            yield from nodes(below)

    folds = [node for node in nodes(orjson.loads(plan)[0]["Plan"]) if node.get("Function Name") == "standing_at"]
    assert [node["Actual Loops"] for node in folds] == [1]
