import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.errors import Refused, Unavailable
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.migrate import migrate
from tests.databases import create, execute, renamed


@pytest.fixture
async def empty(servers: Runtime) -> AsyncIterator[str]:
    await create(servers, "empty", "template0")
    yield renamed(servers.database_url, "empty")
    await execute(servers, "drop database empty with (force)")


@pytest.fixture
async def connection(empty: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(empty)
    yield connection
    await connection.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "0001_people.sql").write_text("create table people (name text);")
    (tmp_path / "0002_ana.sql").write_text("insert into people values ('Ana');")
    return tmp_path


async def test_files_are_applied_in_order_and_once(connection: asyncpg.Connection, directory: Path) -> None:
    first = await migrate(connection, directory)
    second = await migrate(connection, directory)

    assert first == ["0001_people.sql", "0002_ana.sql"]
    assert second == []
    assert await connection.fetchval("select count(*) from people") == 1


async def test_only_what_is_new_is_applied(connection: asyncpg.Connection, directory: Path) -> None:
    await migrate(connection, directory)
    (directory / "0003_ben.sql").write_text("insert into people values ('Ben');")

    assert await migrate(connection, directory) == ["0003_ben.sql"]


async def test_concurrent_starters_wait_for_the_one_that_works(empty: str, directory: Path) -> None:
    (directory / "0001_people.sql").write_text("select pg_sleep(0.2); create table people (name text);")
    starters = [await asyncpg.connect(empty) for _ in range(4)]

    applied = await asyncio.gather(*(migrate(starter, directory) for starter in starters))

    assert sorted(applied) == [[], [], [], ["0001_people.sql", "0002_ana.sql"]]
    for starter in starters:
        await starter.close()


async def test_an_edited_applied_migration_is_refused_by_name(connection: asyncpg.Connection, directory: Path) -> None:
    await migrate(connection, directory)
    (directory / "0002_ana.sql").write_text("insert into people values ('Eva');")

    with pytest.raises(Refused, match=r"0002_ana\.sql was edited"):
        await migrate(connection, directory)


async def test_a_database_newer_than_the_code_is_refused_by_name(
    connection: asyncpg.Connection, directory: Path
) -> None:
    await migrate(connection, directory)
    (directory / "0002_ana.sql").unlink()

    with pytest.raises(Refused, match=r"newer than this attune \(it has 0002_ana\.sql\)"):
        await migrate(connection, directory)


async def test_a_migration_numbered_into_the_past_is_refused_by_name(
    connection: asyncpg.Connection, directory: Path
) -> None:
    await migrate(connection, directory)
    (directory / "0001_pets.sql").write_text("create table pets (name text);")

    with pytest.raises(Refused, match=r"0001_pets\.sql comes before 0002_ana\.sql"):
        await migrate(connection, directory)


async def test_a_migration_that_fails_leaves_nothing_behind_and_is_named(
    connection: asyncpg.Connection, directory: Path
) -> None:
    (directory / "0003_broken.sql").write_text("create table pets (name text); select 1 / 0;")

    with pytest.raises(asyncpg.DivisionByZeroError) as failure:
        await migrate(connection, directory)

    assert failure.value.__notes__ == ["while applying 0003_broken.sql"]
    assert await connection.fetchval("select to_regclass('pets')") is None
    assert await migrate_after_repair(connection, directory) == ["0003_broken.sql"]


async def migrate_after_repair(connection: asyncpg.Connection, directory: Path) -> list[str]:
    (directory / "0003_broken.sql").write_text("create table pets (name text);")
    return await migrate(connection, directory)


async def test_the_migrations_of_attune_apply_to_an_empty_database(connection: asyncpg.Connection) -> None:
    applied = await migrate(connection)

    assert applied
    assert await migrate(connection) == []


async def test_a_migration_and_its_entry_in_the_ledger_are_one(connection: asyncpg.Connection, directory: Path) -> None:
    (directory / "0003_unlogged.sql").write_text("create table pets (); drop table public.attune_migrations;")

    with pytest.raises(asyncpg.UndefinedTableError):
        await migrate(connection, directory)

    assert await connection.fetchval("select to_regclass('pets')") is None


async def test_a_migration_lets_others_pass_while_it_waits_for_a_table(
    empty: str, connection: asyncpg.Connection, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(connection, directory)
    monkeypatch.setattr("shared.plumbing.migrate.LOCK_WITHIN", "100ms")
    monkeypatch.setattr("shared.plumbing.migrate.PAUSES", (0.3, 0.3, 0.3, 0.3))
    (directory / "0003_age.sql").write_text("alter table people add age int;")
    slow, quick = await asyncpg.connect(empty), await asyncpg.connect(empty)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("lock table people in access share mode")

    waiting = asyncio.create_task(migrate(connection, directory))
    await asyncio.sleep(0.2)
    # Behind a migration that waited for ever, this would wait for ever too.
    assert await quick.fetchval("select count(*) from people", timeout=2) == 1
    await transaction.rollback()

    assert await waiting == ["0003_age.sql"]
    await slow.close()
    await quick.close()


async def test_a_migration_that_never_gets_its_table_says_so_and_changes_nothing(
    empty: str, connection: asyncpg.Connection, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(connection, directory)
    monkeypatch.setattr("shared.plumbing.migrate.LOCK_WITHIN", "50ms")
    monkeypatch.setattr("shared.plumbing.migrate.PAUSES", (0.01,))
    (directory / "0003_age.sql").write_text("alter table people add age int;")
    slow = await asyncpg.connect(empty)

    async with slow.transaction():
        await slow.execute("lock table people in access share mode")
        with pytest.raises(Unavailable, match=r"0003_age.sql waits for a table"):
            await migrate(connection, directory)

    assert await connection.fetchval("select count(*) from public.attune_migrations") == 2
    await slow.close()
