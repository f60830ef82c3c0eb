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
from tests.integration.projector.history import NOW, envelope, live, prepare, touch

STATEMENTS = 3
"""Begin, what a fold begins with, the fold; asyncpg tells of no commit."""
GROWING = {"log", "addresses", "stakeholders", "people", "model_states", "model_days"}
TYPES = (
    "double precision", "uuid[]", "smallint[]", "uuid[]", "uuid[]", "text[]", "text[]", "text[]", "bigint[]", "smallint[]",
    "double precision[]", "double precision[]", "integer[]", "double precision[]", "boolean[]", "text[]", "text[]",
)  # fmt: skip


@pytest.mark.parametrize("number", [1, 3000])
async def test_a_batch_costs_the_same_few_statements_however_large_it_is(
    connection: asyncpg.Connection, number: int
) -> None:
    await prepare(connection, ["ana", "bo"])
    await live(connection, [touch(-1)])  # asyncpg asks once what the types are
    said: list[str] = []
    connection.add_query_logger(lambda record: said.append(record.query))

    await live(connection, [touch(i, "ana" if i % 2 else "bo") for i in range(number)])

    assert len(said) == STATEMENTS, said


@pytest.mark.parametrize("size", [100, 3000])
async def test_folding_a_batch_reads_no_table_that_grows_from_end_to_end(database: str, size: int) -> None:
    connection = await asyncpg.connect(database, server_settings=store.CONNECTION_SETTINGS)
    await prepare(connection, ["ana"])
    era, columns = batch(size)
    # Planned when the tables were known to be as good as empty; nobody has analysed them since.
    await connection.execute("analyze")
    await connection.execute(f"prepare folding ({', '.join(TYPES)}) as {query(store.PACKAGE, 'fold')}")
    await explained(connection, era, columns)
    await grown(connection)

    plan = await explained(connection, era, columns)
    await connection.close()

    read = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
    assert not read & GROWING


async def test_folding_a_batch_never_compares_each_of_its_rows_with_each(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana"])
    era, columns = batch(100)
    await connection.execute(f"prepare folding ({', '.join(TYPES)}) as {query(store.PACKAGE, 'fold')}")

    plan = await explained(connection, era, columns)

    # Whatever a nested loop meets again for every row must be an index, and nothing that grows with the batch.
    met = [inner for node in nodes(plan) if node["Node Type"] == "Nested Loop" for inner in nodes(node["Plans"][1])]
    assert met
    assert {"CTE Scan", "Function Scan"}.isdisjoint(node["Node Type"] for node in met)
    asked_for_each = [node for node in nodes(plan) if node.get("Parent Relationship") == "SubPlan"]
    assert {"CTE Scan", "Function Scan"}.isdisjoint(node["Node Type"] for top in asked_for_each for node in nodes(top))


async def test_however_many_people_a_batch_brings_few_rows_are_met_for_nothing(connection: asyncpg.Connection) -> None:
    size = 600
    await prepare(connection, [f"p{number}" for number in range(size)])
    events = [touch(number, f"p{number}", days_ago=1 + number / size) for number in range(size)]
    ((era, columns),) = gather([envelope(events)]).eras()
    await connection.execute(f"prepare folding ({', '.join(TYPES)}) as {query(store.PACKAGE, 'fold')}")

    plan = await explained(connection, era, columns, "analyze, timing off")

    in_vain = [
        node[why] * node["Actual Loops"]
        for node in nodes(plan)
        for why in ("Rows Removed by Join Filter", "Rows Removed by Filter")
        if why in node
    ]
    assert sum(in_vain) <= 4 * size


def batch(size: int) -> tuple[float, dict[str, Any]]:
    """Return the era and the columns of a batch of a month, half of them unheard of."""
    events = [touch(number, "ana" if number % 2 else f"p{number}", days_ago=1 + number / 100) for number in range(size)]
    ((era, columns),) = gather([envelope(events)]).eras()
    return era, columns


async def explained(
    connection: asyncpg.Connection, era: float, columns: dict[str, Any], how: str = "analyze off"
) -> dict[str, Any]:
    """Return how the fold of this batch is done, planned as the projector has it planned."""
    values = [f"'{literal(columns[name])}'" for name in Accepted._fields]
    async with connection.transaction():
        await connection.execute(query(store.PACKAGE, "begin_fold"))
        plan = await connection.fetchval(
            f"explain ({how}, format json) execute folding ({', '.join([str(era), *values])})"
        )
    found: dict[str, Any] = orjson.loads(plan)[0]["Plan"]
    return found


def literal(column: list[Any]) -> str:
    """Spell an array for Postgres."""
    return "{" + ",".join("null" if value is None else str(value) for value in column) + "}"


async def grown(connection: asyncpg.Connection) -> None:
    """Let the house grow."""
    for statement in (
        "insert into roster.people (stakeholder, name) select 'p' || i, 'p' || i from generate_series(1, 5000) i",
        (
            "insert into roster.addresses select gen_random_uuid(), person_id, stakeholder || '@x.example' from roster.people "
            "where stakeholder <> 'ana'"
        ),
        (
            "insert into roster.stakeholders (initiative, person_id) select 'change', person_id from roster.people "
            "on conflict do nothing"
        ),
        (
            "insert into projector.states (relationship_id) select relationship_id from roster.stakeholders "
            "on conflict do nothing"
        ),
    ):
        await connection.execute(statement)
    await live(connection, [touch(-number, days_ago=30 + number) for number in range(1, 3000)])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def test_judging_reads_no_more_of_who_was_touched_two_thousand_times(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo"])
    await live(connection, [touch(-1)])
    await connection.execute("analyze")
    await live(connection, [touch(i, "ana", 2 + i / 100) for i in range(2000)])
    ids = await connection.fetchval("select array_agg(relationship_id) from roster.stakeholders")

    facts = query("shared.plumbing", "judging_facts")
    told = await connection.fetchval(f"explain (analyze, format json) {facts}", ids, NOW, None)

    scans = [node for node in nodes(orjson.loads(told)[0]["Plan"]) if node.get("Relation Name") == "log"]
    assert max(node["Actual Rows"] for node in scans) < 10
