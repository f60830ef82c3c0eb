"""Log and states in hash partitions, by the keys of deploy/cluster/citus.sql: the fold is the same, unchanged."""

import random
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from services.projector import store
from shared.alignment.model import default_model
from shared.plumbing import clock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.migrate import MIGRATIONS, migrate
from shared.plumbing.models import ensure_model
from shared.plumbing.queries import query
from tests.databases import create, execute, renamed
from tests.integration.projector.history import live, prepare, retraction, same, states, touch
from tests.integration.projector.test_cost import TYPES, batch, explained, nodes
from tests.integration.projector.test_project import history

CITUS = Path(__file__).parents[3] / "deploy" / "cluster" / "citus.sql"
KEYS = dict(re.findall(r"create_distributed_table\('projector\.(\w+)', '(\w+)'", CITUS.read_text()))
PARTITIONS = 4
PEOPLE = ["ana", "bo", "cy"]
PARTITION = re.compile(rf"({'|'.join(KEYS)})_\d")


@pytest.fixture(scope="module")
async def partitioned(servers: Runtime, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database whose large tables were made in partitions."""
    await create(servers, "partitioned", "template0")
    url = renamed(servers.database_url, "partitioned")
    connection = await asyncpg.connect(url, server_settings=store.CONNECTION_SETTINGS)
    await migrate(connection, in_partitions(tmp_path_factory.mktemp("migrations") / "partitioned"))
    await ensure_model(connection, default_model(), clock.now())
    yield connection
    await connection.close()
    await execute(servers, "drop database partitioned with (force)")


def in_partitions(directory: Path) -> Path:
    """Copy the migrations; what Citus would distribute is made in hash partitions by the same key."""
    shutil.copytree(MIGRATIONS, directory)
    for table, key in KEYS.items():
        # Storage is a matter of the partitions.
        made = re.compile(rf"(create table projector\.{table} \(.*?^\))[^;]*;", re.DOTALL | re.MULTILINE)
        [file] = [path for path in directory.glob("*.sql") if made.search(path.read_text())]
        file.write_text(made.sub(rf"\1 partition by hash ({key});\n{parts(table)}", file.read_text()))
    return directory


def parts(table: str) -> str:
    return "\n".join(
        f"create table projector.{table}_{number} partition of projector.{table} "
        f"for values with (modulus {PARTITIONS}, remainder {number});"
        for number in range(PARTITIONS)
    )


async def lived(connection: asyncpg.Connection) -> None:
    """Live through a history: batches, meetings of several, repetitions, retractions before and after, and a fold anew."""
    await prepare(connection, PEOPLE)
    events = history(3)
    both = [{"address": f"{name}@corp.example"} for name in PEOPLE]
    events += [touch(number, kind="meeting", people=both, days_ago=number / 10) for number in range(300, 340)]
    random.Random(3).shuffle(events)
    batches = [events[i : i + 50] for i in range(0, len(events), 50)]
    await live(connection, [retraction(1)], *batches, batches[0], [retraction(i) for i in range(290, 310)])
    await connection.fetchval("select projector.refold(null, now())")


async def logged(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "select event_key, ordinal, handle, form, occurred_at, retracted_at is null from projector.log order by 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_the_fold_leaves_the_same_in_partitions_as_in_one_piece(
    connection: asyncpg.Connection, partitioned: asyncpg.Connection
) -> None:
    for its in (connection, partitioned):
        await lived(its)

    assert await logged(partitioned) == await logged(connection)
    assert same(await states(partitioned), await states(connection))
    for table in ("log", "retractions", "model_days"):
        spread = Counter(row[0] for row in await partitioned.fetch(f"select tableoid from projector.{table}"))
        assert len(spread) > 1, table


async def test_a_fold_asks_no_partition_but_those_of_its_own_keys(partitioned: asyncpg.Connection) -> None:
    await prepare(partitioned, ["dee"])
    await partitioned.execute(f"prepare folding ({', '.join(TYPES)}) as {query(store.PACKAGE, 'fold')}")

    plan = await explained(partitioned, *batch(100))

    written = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "ModifyTable"}
    assert written == {"log", "model_days", "model_states"}  # each row goes to the partition of its key
    assert {name for name, _ in read(plan)} == {"retractions"}
    assert all(condition for _, condition in read(plan))


async def test_a_retraction_reaches_the_one_partition_that_holds_the_event(partitioned: asyncpg.Connection) -> None:
    await prepare(partitioned, ["eve"])
    await live(partitioned, [touch(9000, "eve")])
    [key] = await partitioned.fetchrow("select event_key from projector.log where event_id = 'event-9000'")

    async with undone(partitioned):
        told = await partitioned.fetchval(
            f"explain (analyze, format json) {query(store.PACKAGE, 'retract')}",
            [key],
            ["acme"],
            ["mail/inbox"],
            ["event-9000"],
        )

    assert list(read(of(told))) == [("log", True)]


def read(plan: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield every distributed table that is read, and whether by the key that it is distributed by."""
    for node in nodes(plan):
        # Partitions that are ruled out only when the key is known are in the plan, and never met.
        if node.get("Actual Loops") == 0 or node["Node Type"] == "ModifyTable":
            continue
        if found := PARTITION.fullmatch(node.get("Relation Name", "")):
            table = found[1]
            yield table, KEYS[table] in node.get("Index Cond", "")


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Take back what the block does."""
    transaction = connection.transaction()
    await transaction.start()
    yield
    await transaction.rollback()


def of(told: str) -> dict[str, Any]:
    plan: dict[str, Any] = orjson.loads(told)[0]["Plan"]
    return plan
