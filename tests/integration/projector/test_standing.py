"""One history, read in every way there is: live, built anew beside, and from the log as of now."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alerts.watch import judge_due
from services.ingest.interpret import interpret
from services.projector.batch import gather
from services.projector.build import build, put_in_force
from services.projector.compare import differences
from services.projector.project import project
from shared.alignment.model import Model, default_model
from shared.events.accepted import pack
from shared.plumbing import models
from tests.integration.alerts.story import AUDIENCE
from tests.integration.projector.history import NOW, POLICY, prepare, retraction, touch

_default = default_model()
MODEL = Model.model_validate(
    _default.model_dump()
    | {
        # Its risk looks at the whole initiative, and a role has lines and a rhythm of its own.
        "risk": _default.risk.model_dump() | {"silence": 0.3, "initiative_pace": 0.2, "initiative_trend": -0.4},
        "lines_of_role": {"sponsor": {"fading": 60.0}},
        "cadence_days": {"sponsor": 9.0},
    }
)
ROSTER = (("ana", "change"), ("ana", "merger"), ("bo", "change"), ("cy", "merger"))
EXTRAS: dict[str, Any] = {"bo": {"role": "Sponsor"}, "cy": {"overrides": {"shaken_loss_min": 0.1, "warning_days": 0}}}

# Hours of two days are crowded, so that they come to what a day can hold at most; thirty days ago is where trend looks.
PAST_DAYS = st.sampled_from([0.01, 0.02, 20.01, 20.02, 30.0]) | st.floats(0, 900)


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """Return what kind of thing happened, with whom."""
    made = st.fixed_dictionaries(
        {"ref": st.sampled_from("pq"), "by": st.just("us")}
        | {"state": st.sampled_from(["made", "renegotiated", "kept", "broken"])},
        optional={"due_at": st.floats(-90, 90).map(lambda days: (NOW + timedelta(days=days)).isoformat())},
    )
    kind = draw(
        st.one_of(
            st.sampled_from([{"kind": "email"}, {"kind": "email", "breadth": 30}, {"kind": "call"}]),
            st.floats(1, 120).map(lambda minutes: {"kind": "meeting", "duration_minutes": minutes}),
            st.floats(0, 1).map(lambda depth: {"kind": "disclosure", "depth": depth}),
            st.floats(0, 1).map(lambda severity: {"kind": "setback", "severity": severity}),
            st.floats(-1, 1).map(lambda rating: {"kind": "pulse", "rating": rating}),
            made.map(lambda commitment: {"kind": "commitment", "commitment": commitment}),
        )
    )
    people = draw(st.lists(st.sampled_from(["ana", "bo", "cy", "stranger"]), min_size=1, max_size=3, unique=True))
    named = draw(st.sampled_from([None, None, "change", "merger"]))
    where = {"initiative": named} if named else {}
    return {**kind, "people": [{"address": f"{who}@corp.example"} for who in people], **where}


@st.composite
def histories(draw: st.DrawFn, days: st.SearchStrategy[float], first: int = 0) -> list[dict[str, Any]]:
    """Return a few events, some of them plans, in the order in which they come in: late, twice, changed, taken back."""
    told = draw(st.lists(st.tuples(facts(), days), min_size=1, max_size=10))
    events = [touch(first + number, days_ago=ago, **kind) for number, (kind, ago) in enumerate(told)]
    plans = draw(st.lists(st.tuples(st.sampled_from(["ana", "bo"]), st.floats(-60, 60)), max_size=2))
    events += [
        touch(first + 50 + number, who, ago, kind="meeting", planned=True) for number, (who, ago) in enumerate(plans)
    ]
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    # The same id that says something else: the first to come stays.
    changed = [event | {"time": NOW.isoformat()} for event in draw(st.lists(st.sampled_from(events), max_size=2))]
    back = draw(st.sets(st.sampled_from([int(event["id"].removeprefix("event-")) for event in events]), max_size=3))
    return list(draw(st.permutations([*events, *again, *changed, *map(retraction, back)])))


@pytest.fixture
async def house(connection: asyncpg.Connection) -> asyncpg.Connection:
    await models.put_in_force(connection, MODEL, NOW)
    for initiative in ("change", "merger"):
        await prepare(connection, [who for who, where in ROSTER if where == initiative], initiative)
    for who, its in EXTRAS.items():
        await connection.execute(
            "update roster.stakeholders set role = $2, overrides = $3, function = 'Finance', owner = 'me' "
            "where person_id = (select person_id from roster.people where stakeholder = $1)",
            who, its.get("role"), orjson.dumps(its.get("overrides", {})).decode(),
        )  # fmt: skip
    return connection


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Have everything happen at one moment, `now()`, and take it back afterwards."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def taken(connection: asyncpg.Connection, said: list[dict[str, Any]], at: datetime = NOW) -> None:
    """Take in what is not refused, as ingest and projector would at the moment."""
    if outcomes := interpret(orjson.dumps(said), "acme", at, POLICY) if said else []:
        touchpoints = [touchpoint for outcome in outcomes for touchpoint in outcome.touchpoints]
        back = [outcome.retraction for outcome in outcomes if outcome.retraction]
        await project(gather([pack(touchpoints, back, "test")]), connection)


async def lived(connection: asyncpg.Connection, said: list[dict[str, Any]], cuts: Iterable[int]) -> None:
    """Take in what was said in batches, known since a minute, and have alerts judge everybody."""
    for one, other in pairwise(sorted({0, *cuts, len(said)})):
        await taken(connection, said[one:other])
    await connection.execute(
        "update projector.log set recorded_at = now() - interval '1 minute',"
        " retracted_at = case when retracted_at is not null then now() - interval '1 minute' end"
    )
    await connection.execute("update projector.states set wake_at = now()")
    while (await judge_due(connection, AUDIENCE, await connection.fetchval("select now()"))).relationships:
        pass


async def standing(connection: asyncpg.Connection, of: str = "attune.alignment", *moments: Any) -> list[dict[str, Any]]:
    rows = await connection.fetch(f"select * from {of} order by initiative, stakeholder", *moments)
    return [dict(row) for row in rows]


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]], *but: str) -> None:
    """Compare every column of every relationship, but those named."""
    assert [(row["stakeholder"], row["initiative"]) for row in found] == sorted(ROSTER, key=lambda who: who[::-1])
    assert [*map(dict.keys, found)] == [*map(dict.keys, expected)]
    for one, other in zip(found, expected, strict=True):
        for name in one.keys() - but:
            told = one[name], other[name]
            same = told[1] if not isinstance(told[1], float) else pytest.approx(told[1], rel=1e-9, abs=1e-9)
            assert told[0] == same, f"{name} of {one['stakeholder']} in {one['initiative']}"


SAID = histories(PAST_DAYS)
CUTS = st.sets(st.integers(1, 12), max_size=3)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, cuts=CUTS)
async def test_live_is_what_is_rebuilt_and_what_the_log_says_as_of_now(
    house: asyncpg.Connection, said: list[dict[str, Any]], cuts: set[int]
) -> None:
    async with undone(house):
        await lived(house, said, cuts)
        alive = await standing(house)
        of_log = await standing(house, "attune.alignment_at(now())")

        before = await house.fetchval("select projector.version_in_force()")
        version = await build(house, MODEL, NOW, lambda _: None)
        apart = await differences(house, before, version)
        await put_in_force(house, version, NOW)
        rebuilt = await standing(house)

        assert_same(of_log, alive)
        assert max(row["difference"] for row in apart) < 1e-9
        assert_same(rebuilt, alive, "model")
        assert {row["model"] for row in rebuilt} == {version}
        assert_same(await standing(house, "attune.alignment_at(now())"), rebuilt)
