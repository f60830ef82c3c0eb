"""What a batch costs Postgres, counted and not timed: statements, and plans that do not grow with the house."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import orjson
import pytest

from services.projector import store
from services.projector.batch import gather
from shared.events.accepted import Accepted
from shared.plumbing.queries import query
from tests.integration.projector.history import envelope, live, prepare, touch

STATEMENTS = 4
"""Begin, the fold lock, who is kept out, the fold; asyncpg tells of no commit."""
PEOPLE = 5_000
GROWING = {"log", "addresses", "stakeholders", "people", "model_states", "model_days"}
BATCH = [touch(number, "ana", days_ago=1 + number / 50) for number in range(100)]


@pytest.mark.parametrize("number", [1, 1000])
async def test_a_batch_costs_the_same_few_statements_however_large_it_is(
    connection: asyncpg.Connection, number: int
) -> None:
    await prepare(connection, ["ana", "bo"])
    await live(connection, [touch(-1)])  # asyncpg asks once what the types are
    said: list[str] = []
    connection.add_query_logger(lambda record: said.append(record.query))

    await live(connection, [touch(i, "ana" if i % 2 else "bo") for i in range(number)])

    assert len(said) == STATEMENTS, said


async def test_folding_a_batch_reads_no_table_that_grows_from_end_to_end(database: str) -> None:
    connection = await asyncpg.connect(database, server_settings=store.CONNECTION_SETTINGS)
    await prepare(connection, ["ana"])
    await connection.execute(
        "insert into roster.people (stakeholder, name) select 'p' || i, 'p' || i from generate_series(1, $1::int) i",
        PEOPLE,
    )
    await connection.execute(
        "insert into roster.addresses select gen_random_uuid(), person_id, stakeholder || '@x.example' from roster.people "
        "where stakeholder <> 'ana'"
    )
    await connection.execute(
        "insert into roster.stakeholders (initiative, person_id) select 'change', person_id from roster.people "
        "on conflict do nothing"
    )
    await connection.execute(
        "insert into projector.states (relationship_id) select relationship_id from roster.stakeholders "
        "on conflict do nothing"
    )
    await live(connection, [touch(-number, days_ago=30 + number) for number in range(1, 3000)])
    await connection.execute("analyze")
    ((era, columns),) = gather([envelope(BATCH)]).eras()

    plan = await connection.fetchval(
        "explain (format json) " + query(store.PACKAGE, "fold"), era, *(columns[name] for name in Accepted._fields)
    )
    await connection.close()

    read = {node["Relation Name"] for node in nodes(orjson.loads(plan)[0]["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert not read & GROWING


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
