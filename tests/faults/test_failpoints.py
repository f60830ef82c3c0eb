"""Each service fails before and after each thing it makes durable: all counts once, all alerts are told under one id.

And what somebody did at the console is done wholly or not at all, whatever became of the answer.

In every run each step is met by a kill, one of each service at a time. `make faults` meets each step alone, by a kill,
a standstill and the end of every connection.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from uuid import UUID
from zlib import crc32

import asyncpg
import httpx
import orjson
import psutil
import pytest

from shared.plumbing.credentials import Credentials
from shared.plumbing.failpoint import STEPS
from shared.plumbing.jetstream import CONSUMERS, connect
from tests import house
from tests.faults.test_caught import BROKEN, Receiver, event, receiving, settled
from tests.house import House, is_ready, until

IS_LONG = os.environ.get("ATTUNE_FAULTS") == "long"
STANDSTILL_SECONDS = 15
"""Longer than Postgres waits amid a transaction, and than what is in hand stays so in these tests."""
PEOPLE_EACH = 3


def of(service: str) -> list[str]:
    return [step for step in STEPS if step.startswith(f"{service}.")]


TOGETHER = list(zip_longest(of("ingest"), of("projector"), of("alerts")))
ALONE = [(step,) for service in ("ingest", "projector", "alerts") for step in of(service)]
CASES = [(steps, "kill") for steps in TOGETHER] if not IS_LONG else [
    (steps, what) for what in ("kill", "stop", "cut") for steps in ALONE
]  # fmt: skip


ACTIONS = [(step, what) for what in (("kill", "stop", "cut") if IS_LONG else ("kill",)) for step in of("console")]


def name(case: object) -> str:
    """Call a case by its steps."""
    return "+".join(step for step in case if step) if isinstance(case, tuple) else str(case)


def people(tag: str) -> list[str]:
    # An address is no longer than 64 characters before the @.
    return [f"{crc32(tag.encode()):x}-{number}@corp.example" for number in range(PEOPLE_EACH)]


@pytest.fixture(scope="module", name="receiver")
def _receiver() -> Iterator[Receiver]:
    with receiving() as ours:
        ours.answering.set()
        yield ours


@pytest.fixture(scope="module")
def failpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("failpoints")


@pytest.fixture(scope="module")
def attune(receiver: Receiver, failpoints: Path) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_WEBHOOK_URL", receiver.url)
        patch.setenv("ATTUNE_WEBHOOK_ALLOW_PRIVATE", "true")
        patch.setenv("ATTUNE_WEBHOOK_SECRET", "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==")
        patch.setenv("ATTUNE_FAILPOINTS", str(failpoints))
        with house.opened() as running:
            running.roster(who for case, what in [*CASES, *ACTIONS] for who in people(f"{name(case)}.{what}"))
            running.attune("console", "add", "eve", "--role", "operator", "--without-password")
            yield running


@pytest.fixture(scope="module")
def acme(attune: House) -> Credentials:
    return attune.source("acme")


@pytest.mark.parametrize(("steps", "what"), CASES, ids=name)
async def test_whoever_fails_at_a_durable_step_loses_nothing_and_doubles_nothing(
    attune: House, acme: Credentials, receiver: Receiver, failpoints: Path, steps: tuple[str | None, ...], what: str
) -> None:
    tag, met = f"{name(steps)}.{what}", [step for step in steps if step]
    pids = {step.partition(".")[0]: attune.runtime.pids[step.partition(".")[0]] for step in met}
    for step in met:
        (failpoints / step).write_text(what)

    async with impatient(attune):
        await report(acme, tag)
        for step in met:
            await until(lambda step=step: asyncio.sleep(0, not (failpoints / step).exists()), seconds=45)  # type: ignore[misc]
        if what == "stop":
            await going_on(pids)
        await well_again(attune, pids, is_new=what == "kill")
        await settled(attune)

    assert await counted_once(attune, tag)
    await until(lambda: told(attune, tag), seconds=60)
    heard = [(key, body) for key, body in receiver.heard if any(who in body for who in people(tag))]
    assert len({key for key, _ in heard}) == len({body for _, body in heard}) == PEOPLE_EACH


@asynccontextmanager
async def impatient(attune: House) -> AsyncIterator[None]:
    """Let what died with its batch in hand give it back soon; each new life of a service sets that anew."""

    is_over = asyncio.Event()

    async def again_and_again() -> None:
        while not is_over.is_set():
            await redelivering_soon(attune)
            await asyncio.sleep(1)

    task = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        is_over.set()
        # Not cancelled: a connection broken off while it is made would stay open.
        await task


async def redelivering_soon(attune: House) -> None:
    """What died with its batch in hand gives it back after a while, and its next life has set that anew."""
    client = await attune.nats()
    for stream, consumer in CONSUMERS.items():
        await client.jetstream().add_consumer(stream, replace(consumer, ack_wait=1))
    await client.close()


async def going_on(pids: dict[str, int]) -> None:
    """Let who stands still stand so for a while, and go on."""
    for pid in pids.values():
        await until(lambda pid=pid: asyncio.sleep(0, psutil.Process(pid).status() == psutil.STATUS_STOPPED))  # type: ignore[misc]
    await asyncio.sleep(STANDSTILL_SECONDS)
    for pid in pids.values():
        os.kill(pid, signal.SIGCONT)


async def well_again(attune: House, pids: dict[str, int], *, is_new: bool) -> None:
    """Return once everybody takes work; after a kill, in a new life."""
    for service, pid in pids.items():
        if is_new:
            await until(lambda service=service, pid=pid: asyncio.sleep(0, attune.runtime.pids[service] != pid))  # type: ignore[misc]
        await until(lambda service=service: is_ready(attune.runtime.http[service]), seconds=60)  # type: ignore[misc]


async def report(acme: Credentials, tag: str) -> None:
    """Say of each person that we broke our word: each gives an alert."""
    client = await connect(acme.nats_url, "acme", acme.inbox_prefix)
    for number, who in enumerate(people(tag)):
        await client.jetstream().publish(acme.subject, orjson.dumps(event(f"{tag}-{number}", who, **BROKEN)))
    await client.close()


async def counted_once(attune: House, tag: str) -> bool:
    connection = await attune.postgres()
    rows = await connection.fetch(
        "select count(*) as times from attune.touchpoints where id = any($1) group by id",
        [f"{tag}-{number}" for number in range(PEOPLE_EACH)],
    )
    await connection.close()
    return [row["times"] for row in rows] == [1] * PEOPLE_EACH


async def told(attune: House, tag: str) -> bool:
    """Tell whether each person's alert was delivered; a lease that died with its service ends at once."""
    connection = await attune.postgres()
    await connection.execute(
        "update alerts.deliveries set next_attempt_at = now() where delivered_at is null and next_attempt_at > now()"
    )
    rows = await connection.fetch(
        "select bool_and(delivered_at is not null) as is_told from attune.deliveries "
        "join attune.alerts on alerts.id = deliveries.alert_id where stakeholder = any($1) and channel = 'webhook' group by alerts.id",
        people(tag),
    )
    await connection.close()
    return [row["is_told"] for row in rows] == [True] * PEOPLE_EACH


@pytest.mark.parametrize(("step", "what"), ACTIONS)
async def test_what_somebody_does_at_the_console_is_done_once_or_not_at_all(
    attune: House, acme: Credentials, failpoints: Path, step: str, what: str
) -> None:
    tag, pids = f"{step}.{what}", {"console": attune.runtime.pids["console"]}
    await report(acme, tag)
    await until(lambda: told(attune, tag), seconds=60)
    connection = await attune.postgres()
    alert = await connection.fetchval("select id from attune.alerts where stakeholder = $1", people(tag)[0])
    token = attune.attune("console", "token", "eve").strip()

    async def acknowledge() -> int:
        """Return the answer's status; 0 where there is none."""
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=3) as browser:
            url = f"http://{attune.runtime.http['console']}/api/v1/alerts/{alert}/actions"
            try:
                return (await browser.post(url, json={"action": "acknowledge"})).status_code
            except httpx.TransportError:
                return 0

    (failpoints / step).write_text(what)
    first = await acknowledge()
    if what == "stop":
        await going_on(pids)
    await well_again(attune, pids, is_new=what == "kill")
    done = await done_to(connection, alert)
    again = await acknowledge()
    done_at_last = await done_to(connection, alert)
    await connection.close()

    assert not (failpoints / step).exists()
    assert first in {0, 503}
    # Done before the answer, or not at all; asked again, it is known, or done.
    assert (done, again) == (((0, 0), 200) if step == "console.before_commit" else ((1, 1), 409))
    assert done_at_last == (1, 1)


async def done_to(connection: asyncpg.Connection, alert: UUID) -> tuple[int, int]:
    """Return how often the alert was acknowledged, and how often the audit says so."""
    return (
        await connection.fetchval(
            "select count(*) from attune.alert_history where alert_id = $1 and event = 'acknowledged'", alert
        ),
        await connection.fetchval(
            "select count(*) from console.audit where action = 'acknowledge' and subject = $1 and outcome = 'done'",
            f"alert {alert}",
        ),
    )


def test_after_all_that_everything_is_found_in_order(attune: House) -> None:
    answer = orjson.loads(attune.attune("check", "--json"))

    assert answer["differences"] == []
    assert answer["broken"] == []
