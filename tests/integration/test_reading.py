import math
from typing import Any

import asyncpg
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS, States, read
from shared.alignment.risk import TouchDays, risk
from shared.plumbing.clock import now
from shared.plumbing.models import put_in_force
from tests.unit.alignment.states import NOON, ROW, states

MODEL = default_model()
CHANNELS = ("contact", "dialogue", "depth", "accord", "strain")
READ = """
    select reading.*
    from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::int[],
                $8::float8[]) with ordinality
        as given (as_of, contact, dialogue, depth, accord, strain, touch_days, evidence, number)
    cross join lateral projector.read(
        row(projector.version_in_force(), 0, touch_days, to_timestamp(as_of), null, null, 'infinity',
            contact, dialogue, depth, accord, strain, 0, 0, 0, evidence)::projector.model_states,
        to_timestamp($9)
    ) as reading
    order by number
"""
RISKS = """
    select silence.risk
    from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::int[])
        with ordinality as given (first_at, last_at, as_of, pace_fast, pace, pace_slow, longest_gap, number)
    cross join lateral projector.risk_read(
        row(projector.version_in_force(), 0, 1, to_timestamp(as_of), to_timestamp(first_at), to_timestamp(last_at),
            'infinity', 0, 0, 0, 0, 0, pace_fast, pace, pace_slow, 0)::projector.model_states,
        longest_gap, null, null, null, to_timestamp($8)
    ) as silence
    order by number
"""
nothing = st.just({"as_of": math.nan, "touch_days": 0.0})


@pytest.fixture
async def model(connection: asyncpg.Connection) -> asyncpg.Connection:
    await put_in_force(connection, MODEL, now())
    return connection


async def read_in_sql(connection: asyncpg.Connection, these: States, moment: float) -> list[dict[str, Any]]:
    columns = these._replace(touch_days=these.touch_days.astype(int))
    as_of = [None if math.isnan(moment) else moment for moment in these.as_of.tolist()]
    found = await connection.fetch(READ, as_of, *(column.tolist() for column in columns[1:]), moment)
    return [dict(row) for row in found]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW | nothing, min_size=1, max_size=20), elapsed_days=st.floats(-30, 20_000))
async def test_sql_and_python_read_the_same(
    model: asyncpg.Connection, rows: list[dict[str, float]], elapsed_days: float
) -> None:
    these, moment = states(*rows), NOON + elapsed_days * DAY_SECONDS

    in_sql = await read_in_sql(model, these, moment)
    in_python = read(these, moment, MODEL)

    assert [row["band"] for row in in_sql] == in_python.band.tolist()
    for name in ("score", *CHANNELS):
        expected = [np.nan if row[name] is None else row[name] for row in in_sql]
        assert getattr(in_python, name) == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.lists(st.integers(14_000, 21_000), min_size=1, max_size=30),
            st.integers(0, 255),
            st.floats(0, 86_399),
        ),
        min_size=1,
        max_size=10,
    ),
    silence=st.floats(-100, 300),
)
async def test_sql_and_python_see_the_same_risk_of_any_touch_days(
    model: asyncpg.Connection, rows: list[tuple[list[int], int, float]], silence: float
) -> None:
    horizon = MODEL.horizon.days
    known = [TouchDays.of(days, horizon) for days, _, _ in rows]
    now_days = max(int(one.last_day[0]) for one in known) + silence
    # Postgres keeps sums as of the start of an era, up to 255 days before the last touch day.
    given_rows = [
        (
            DAY_SECONDS * one.first_day[0] + second,
            DAY_SECONDS * one.last_day[0] + second,
            DAY_SECONDS * (one.last_day[0] - era),
            *(
                float(pace[0]) * 2.0 ** (era / (horizon * half_life))
                for pace, half_life in zip((one.pace_fast, one.pace, one.pace_slow), MODEL.horizon.paces, strict=True)
            ),
            int(one.longest_gap[0]),
        )
        for one, (_, era, second) in zip(known, rows, strict=True)
    ]

    in_sql = [row["risk"] for row in await model.fetch(RISKS, *zip(*given_rows, strict=True), now_days * DAY_SECONDS)]

    in_python = [float(risk(one, now_days, horizon)[0]) for one in known]
    assert in_sql == pytest.approx(in_python, rel=1e-9, abs=1e-9)
