"""Who may read what in Postgres: decided here for every table and view there is, and tried as that role."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from tests.integration.projector.history import live, prepare, touch

GRANTED = {
    "attune": "alert_history alerts alignment commitments coverage deliveries disabled drifts forecasts mutes organisation plan "
    "replies sources suppressions touchpoints",
}
# For readers of some initiatives only, tests/integration/contract/test_readers.py.
LIMITED = {
    "mine": "alert_history alerts alignment commitments coverage deliveries drifts forecasts initiatives mutes organisation "
    "plan replies suppressions touchpoints",
}
REFUSED = {
    "alerts": "alerts batches commitments deliveries digests disabled history looked mutes settled suppressions traces "
    "verdicts watches wholes",
    "console": "attempts audit coverage days desired organisation sessions single_threaded sources standings tokens users",
    "planner": "lines plans",
    # Views of `attune` read `numbers` and `in_force` for the reader, who cannot name them: the schema is closed.
    "projector": "builds carried carried_by contributions days depths expiry forms heard in_force initiative_paces log model model_days model_states "
    "model_weights models numbers retractions sources states traces untold weights",
    "public": "attune_migrations",
    "roster": "addresses entries followed handle_key initiatives log merges people readers stakeholders suppressed",
}
READER_FUNCTIONS = {"alignment_at", "drifting", "explain", "trajectory"}
TELLING = ("handle", "address", "key", "digest", "password", "hash", "secret", "token", "payload", "content", "details")
IDS = {"id", "alert_id"}

RELATIONS = """
    select nspname || '.' || relname as name, relkind::text as kind
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and nspname !~ '^pg_' and nspname <> 'information_schema'
    order by 1
"""


def named(schemas: dict[str, str]) -> set[str]:
    return {f"{schema}.{name}" for schema, names in schemas.items() for name in names.split()}


async def relations(connection: asyncpg.Connection, kinds: str) -> list[str]:
    return [row["name"] for row in await connection.fetch(RELATIONS) if row["kind"] in kinds]


async def refused(connection: asyncpg.Connection, statements: Sequence[str]) -> list[str]:
    """Return those statements that were not refused for want of a right."""
    through = []
    for statement in statements:
        try:
            async with connection.transaction():
                await connection.execute(statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
        except asyncpg.PostgresError as error:
            through.append(f"{statement}: {error}")
        else:
            through.append(statement)
    return through


@pytest.fixture
async def reader(connection: asyncpg.Connection) -> asyncpg.Connection:
    await connection.execute("set role attune_reader")
    return connection


async def test_every_table_and_view_has_its_grant_decided(connection: asyncpg.Connection) -> None:
    found = set(await relations(connection, "rpvmf"))

    assert not named(GRANTED) & named(REFUSED)
    assert found == named(GRANTED | LIMITED) | named(REFUSED), "add what is new to one of these, after thinking"


async def test_a_reader_reads_what_is_granted(reader: asyncpg.Connection) -> None:
    for name in sorted(named(GRANTED)):
        await reader.fetch(f"select * from {name} limit 1")


async def test_a_reader_is_refused_everything_else(reader: asyncpg.Connection) -> None:
    rest = [name for name in await relations(reader, "rpvmfS") if name not in named(GRANTED)]

    through = await refused(reader, [f"select * from {name}" for name in rest])

    assert len(rest) >= len(named(REFUSED))
    assert through == []


async def test_a_reader_changes_nothing(reader: asyncpg.Connection) -> None:
    tried = [
        statement
        for name in await relations(reader, "rp")
        for statement in (f"insert into {name} default values", f"delete from {name}", f"truncate {name}")
    ]
    made = [f"create table {schema}.mine ()" for schema in (*REFUSED, "attune")]
    ruled = ["create role mine", "select pg_read_file('PG_VERSION')", "copy (select 1) to '/dev/null'"]

    assert await refused(reader, [*tried, *made, *ruled]) == []


async def test_a_reader_calls_only_the_functions_of_attune(connection: asyncpg.Connection) -> None:
    callable_ = await connection.fetch("""
        select nspname, proname from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
        where nspname !~ '^pg_' and nspname <> 'information_schema'
          and has_schema_privilege('attune_reader', pronamespace, 'usage')
          and has_function_privilege('attune_reader', pg_proc.oid, 'execute')
    """)

    assert {tuple(row) for row in callable_} == {("attune", name) for name in READER_FUNCTIONS}


async def test_whatever_runs_with_its_owners_rights_names_its_search_path(connection: asyncpg.Connection) -> None:
    loose = await connection.fetch("""
        select pg_proc.oid::regprocedure::text as name from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
        where prosecdef and nspname !~ '^pg_' and not coalesce(proconfig, '{}') @> '{search_path=pg_catalog}'
    """)

    assert [row["name"] for row in loose] == []


async def test_no_column_that_is_granted_can_hold_a_handle_an_address_or_a_secret(
    connection: asyncpg.Connection,
) -> None:
    columns = await connection.fetch("""
        select table_schema || '.' || table_name as view, column_name as name, data_type as type
        from information_schema.columns where table_schema || '.' || table_name = any($1)
    """, sorted(named(GRANTED)))  # fmt: skip

    telling = [(c["view"], c["name"]) for c in columns if any(word in c["name"] for word in TELLING)]
    uuids = {c["name"] for c in columns if c["type"] == "uuid"}
    assert telling == []
    assert uuids <= IDS


async def test_nothing_that_a_reader_reads_tells_a_handle_or_an_address(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo"])
    await live(connection, [touch(i, days_ago=i * 5 + 1, kind="meeting") for i in range(8)], [touch(50, "bo")])
    known = await connection.fetch("select handle::text, address from roster.addresses")
    await connection.execute("set role attune_reader")

    told = " ".join([await whole(connection, name) for name in sorted(named(GRANTED))])

    assert "ana" in told
    for row in known:
        assert row["handle"] not in told
        assert row["handle"].replace("-", "") not in told
        assert row["address"] not in told


async def whole(connection: asyncpg.Connection, name: str) -> str:
    """Return all that a view says, as text."""
    found: Any = await connection.fetchval(f"select coalesce(string_agg(told::text, ' '), '') from {name} as told")
    return str(found)
