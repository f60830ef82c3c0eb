"""Building beside, while everything else goes on."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from services.projector import beside
from services.projector.build import alone, build, drop_all, put_in_force
from services.projector.compare import differences
from services.projector.stride import LOCKED_SECONDS, adapted
from services.projector.verify import relationships, verify
from shared.alignment.model import Model, default_model
from shared.errors import Refused
from shared.plumbing.clock import now
from shared.plumbing.models import live_model
from tests.integration.projector.history import join, live, prepare, retraction, same, states, touch

PEOPLE = [f"p{number}" for number in range(24)]
KINDS: list[dict[str, Any]] = [
    {"kind": "email"},
    {"kind": "meeting", "duration_minutes": 45},
    {"kind": "disclosure", "depth": 0.6},
    {"kind": "setback", "severity": 0.7},
    {"kind": "commitment", "commitment": {"ref": "x", "state": "kept", "by": "us"}},
]
DEFAULT = default_model()
QUICK = DEFAULT.model_copy(
    update={"name": "quick", "half_life_days": DEFAULT.half_life_days.model_copy(update={"contact": 7.0})}
)


def events(first: int, size: int) -> list[dict[str, Any]]:
    chance = random.Random(first)
    return [
        touch(number, chance.choice(PEOPLE), chance.random() ** 3 * 900, **chance.choice(KINDS))
        for number in range(first, first + size)
    ]


@pytest.fixture
async def other(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def wrong(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """Return whose live state is not what the log says."""
    return await verify(connection, await relationships(connection, None), lambda _: None)


async def traces(connection: asyncpg.Connection) -> list[int]:
    counts = "select count(*) from projector."
    tables = ("models", "numbers", "builds", "model_weights", "model_states", "model_days")
    return [await connection.fetchval(counts + table) for table in tables]


async def built(connection: asyncpg.Connection, model: Model, most: int = 3) -> tuple[int, int]:
    """Build, and return the version and how many relationships it took."""
    told: list[int] = []
    return await build(connection, model, now(), told.append, most), sum(told)


async def interrupted(connection: asyncpg.Connection, model: Model, after: int) -> None:
    """Begin a build and cancel it once so many relationships are complete."""
    done: list[int] = []

    def tell(more: int) -> None:
        done.append(more)
        if sum(done) >= after:
            task.cancel()

    task = asyncio.create_task(build(connection, model, now(), tell, most=2))
    with suppress(asyncio.CancelledError):
        await task


async def test_a_build_and_switch_under_traffic_lose_and_double_nothing(
    connection: asyncpg.Connection, other: asyncpg.Connection
) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 400))
    stop = asyncio.Event()
    sent = 400

    async def traffic() -> None:
        nonlocal sent
        while not stop.is_set():
            # One comes twice and one is taken back, as in life.
            await live(other, events(sent, 40), [*events(sent, 1), retraction(sent + 1)])
            sent += 40

    traffic_goes_on = asyncio.create_task(traffic())
    try:
        version, done = await built(connection, QUICK, most=1)
        await put_in_force(connection, version, now())
    finally:
        stop.set()
        await traffic_goes_on

    assert (done, sent > 600) == (len(PEOPLE), True)
    assert await connection.fetchval("select count(*) from projector.log") == sent
    assert await wrong(connection) == []
    assert await live_model(connection) == (version, QUICK)


async def test_a_build_that_was_cancelled_goes_on_where_it_stopped(connection: asyncpg.Connection) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 300))
    await interrupted(connection, QUICK, after=8)
    await live(connection, events(300, 100))
    late = await join(connection, "late")

    version, done = await built(connection, QUICK)
    await put_in_force(connection, version, now())

    assert 0 < done < len(PEOPLE)
    assert await wrong(connection) == []
    assert await connection.fetchval("select count(*) from projector.states where relationship_id = $1", late) == 1


async def test_an_interrupted_build_is_dropped_without_a_trace(connection: asyncpg.Connection) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 300))
    before = await traces(connection)
    await interrupted(connection, QUICK, after=8)
    begun = await traces(connection)

    await drop_all(connection)

    assert begun != before
    assert await traces(connection) == before


async def test_what_another_model_left_is_dropped_by_the_next_build(connection: asyncpg.Connection) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 300))
    before = await traces(connection)
    await interrupted(connection, QUICK, after=8)

    version, done = await built(connection, DEFAULT)
    await put_in_force(connection, version, now())

    assert done == len(PEOPLE)
    # Only that there was another model in force before is remembered.
    assert await traces(connection) == [before[0] + 1, *before[1:]]


async def test_a_killed_build_leaves_the_lock_free_and_the_work_to_go_on_with(
    connection: asyncpg.Connection, database: str
) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 300))
    program = (
        "import asyncio, asyncpg, sys, time\n"
        "from services.projector.build import alone, build\n"
        "from tests.integration.projector.test_build import QUICK, now\n"
        "done = []\n"
        "def tell(more):\n"
        "    done.append(more)\n"
        "    if sum(done) > 8: print('far enough', flush=True); time.sleep(60)\n"
        "async def main():\n"
        "    connection = await asyncpg.connect(sys.argv[1])\n"
        "    async with alone(connection): await build(connection, QUICK, now(), tell, most=2)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", program, database], stdout=subprocess.PIPE
    )
    assert process.stdout
    assert await asyncio.to_thread(process.stdout.readline) == b"far enough\n"
    with pytest.raises(Refused, match=r"another build is under way \(quick, version \d+, begun 20"):
        async with alone(connection):
            pass
    process.kill()
    await asyncio.to_thread(process.communicate)

    for _ in range(100):
        if await beside.lock(connection):
            break
        await asyncio.sleep(0.05)
    version, done = await built(connection, QUICK)
    await put_in_force(connection, version, now())

    assert 0 < done < len(PEOPLE)
    assert await wrong(connection) == []


async def test_readers_see_the_old_model_whole_or_the_new_one_whole(
    connection: asyncpg.Connection, other: asyncpg.Connection
) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 300))
    version, _ = await built(connection, QUICK)
    seen: list[tuple[int, ...]] = []
    reading = asyncio.Event()

    async def read() -> None:
        while not seen or seen[-1][1] != version:
            row = await other.fetchrow(
                "select count(*), min(model), max(model), count(*) filter (where band <> 'unknown') "
                "from attune.alignment"
            )
            seen.append(tuple(row))
            reading.set()

    reader = asyncio.create_task(read())
    await reading.wait()
    await put_in_force(connection, version, now())
    await reader

    assert {(count, known) for count, _, _, known in seen} == {(len(PEOPLE), len(PEOPLE))}
    assert all(oldest == newest for _, oldest, newest, _ in seen)


async def test_live_equals_rebuilt_equals_alignment_at_now(connection: asyncpg.Connection) -> None:
    await prepare(connection, PEOPLE)
    await live(connection, events(0, 300), events(200, 200), [retraction(number) for number in range(50)])
    version = await connection.fetchval("select version from projector.in_force")
    lived = await states(connection)
    at = now()

    rebuilt, _ = await built(connection, DEFAULT)
    apart = await differences(connection, version, rebuilt)
    await put_in_force(connection, rebuilt, at)
    pairs = await connection.fetch(
        "select live.score as live, log.score as log from attune.alignment_at(now()) as log "
        "join attune.alignment as live using (initiative, stakeholder)"
    )

    assert max(row["difference"] for row in apart) < 1e-9
    assert same(lived, await states(connection))
    assert [pair["live"] for pair in pairs] == pytest.approx([pair["log"] for pair in pairs], rel=1e-9)
    assert len(pairs) == len(PEOPLE)


async def test_a_state_or_a_day_that_was_tampered_with_is_found(connection: asyncpg.Connection) -> None:
    await prepare(connection, ["ana", "bo", "cy"])
    await live(connection, [touch(1, "ana"), touch(2, "bo"), touch(3, "cy")])
    assert await wrong(connection) == []

    await connection.execute("update projector.model_states set contact = contact * 1.000001 where relationship_id = 1")
    await connection.execute("delete from projector.model_days where relationship_id = 2")
    await connection.execute("delete from projector.model_states where relationship_id = 3")

    found = {row["stakeholder"]: row["differs"] for row in await wrong(connection)}
    assert found == {"ana": ["contact"], "bo": ["days"], "cy": ["no state"]}


def test_a_stride_grows_while_it_is_quick_and_shrinks_as_soon_as_it_is_slow() -> None:
    assert adapted(100, LOCKED_SECONDS / 50) == 200
    assert adapted(100, LOCKED_SECONDS * 4) == 25
    assert adapted(1, LOCKED_SECONDS * 100) == 1
