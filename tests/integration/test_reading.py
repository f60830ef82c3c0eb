import math
from typing import Any

import asyncpg
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS, States, read
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
