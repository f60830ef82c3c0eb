"""Rotating the handle key, and starting with a wrong one."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
import nats
import orjson
import pytest
from pydantic import SecretStr

from services.ingest.bring import bring
from services.ingest.calendars import Remembered
from services.ingest.commands.import_ics import Choices, publish
from services.ingest.connectors.ics.changes import Changes
from services.ingest.interpret import Policy, interpret
from services.ingest.judged import policy_now
from services.projector.batch import gather
from services.projector.project import Projected, project
from services.roster import listed
from services.roster.commands import privacy
from services.roster.identity import find
from services.roster.rekey import copy_lists, end_old_key, rekey
from shared.errors import Refused
from shared.events.accepted import pack
from shared.events.address import Spelling
from shared.events.handle import handle_of
from shared.planning.ask import Ask
from shared.plumbing import handle_key, jetstream, plans, privacy_lists
from shared.plumbing.roster import put
from shared.plumbing.settings import Settings
from shared.plumbing.sources import is_registered
from shared.roster import Entry
from tests.integration.projector.history import NOW, prepare, same, states, touch

OLD, NEW, CHAIN = b"the first key", b"the second key", b"the first key~>the second key"
ANA = Entry("change", ("ana@corp.example",), stakeholder="ana")


async def tell(connection: asyncpg.Connection, made_with: bytes, ours: bytes, *numbers: int) -> Projected:
    """Project events that ingest made with one key, where the projector has another."""
    policy = Policy(made_with)
    events = [touch(n, "ana", n, thread="t") for n in numbers] + [touch(100 + n, "bo", n) for n in numbers]
    outcomes = interpret(orjson.dumps(events), "acme", NOW, policy)
    envelope = pack([t for outcome in outcomes for t in outcome.touchpoints], [], "test", policy.key_id)
    batch = gather([envelope], ours)
    if batch.unreadable:
        raise Refused(batch.unreadable[0][1])
    return await project(batch, connection)


async def begin(connection: asyncpg.Connection) -> None:
    await prepare(connection, [])
    await handle_key.settle(connection, OLD, NOW)
    await put(connection, [ANA], OLD, NOW)


async def test_after_a_rotation_everybody_is_who_they_were(connection: asyncpg.Connection) -> None:
    await begin(connection)
    await tell(connection, OLD, OLD, 1, 2, 3)
    were = await states(connection)

    assert await rekey(connection, OLD, NEW, NOW) == CHAIN

    again = await tell(connection, CHAIN, CHAIN, 1, 2, 3)
    assert (again.events, again.duplicates, again.conflicts) == (0, 6, [])
    await connection.execute("select projector.refold(null, now())")
    assert same(await states(connection), were)
    fresh = await tell(connection, CHAIN, CHAIN, 4)
    assert fresh.events == 2
    # Who was unknown is known late by their address, under the new key alone.
    await put(connection, [Entry("change", ("bo@corp.example",), stakeholder="bo")], CHAIN, NOW)
    now = await states(connection)
    assert now["change/ana"]["touch_days"] == now["change/bo"]["touch_days"] == 4


async def test_what_was_made_with_the_old_key_is_brought_up(connection: asyncpg.Connection) -> None:
    await begin(connection)
    await rekey(connection, OLD, NEW, NOW)

    late = await tell(connection, OLD, CHAIN, 1, 2)
    again = await tell(connection, CHAIN, CHAIN, 1, 2)

    assert (late.events, again.duplicates, again.conflicts) == (4, 4, [])
    assert (await states(connection))["change/ana"]["touch_days"] == 2


async def test_whoever_still_has_the_old_key_stops_instead_of_splitting_people(
    connection: asyncpg.Connection,
) -> None:
    await begin(connection)
    await rekey(connection, OLD, NEW, NOW)

    with pytest.raises(Refused, match="the handle key was rotated"):
        await tell(connection, OLD, OLD, 1)
    with pytest.raises(Refused, match="is not the key that the database was written with"):
        await put(connection, [ANA], OLD, NOW)
    with pytest.raises(Refused, match="is not the key"):
        await find(connection, "ana", OLD, Spelling())
    with pytest.raises(Refused, match="is not the key"):
        await handle_key.settle(connection, b"another", NOW + timedelta(1))
    with pytest.raises(Refused, match="none of ours"):
        await tell(connection, b"another", CHAIN, 1)
    assert await connection.fetchval("select count(*) from projector.log") == 0


async def test_ingest_does_not_start_with_another_key(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    jetstream = client.jetstream()
    await handle_key.settle_in_nats(jetstream, OLD)
    await handle_key.settle_in_nats(jetstream, OLD)

    with pytest.raises(Refused, match="is not the key that what waits in NATS was written with"):
        await handle_key.settle_in_nats(jetstream, CHAIN)
    await handle_key.settle_in_nats(jetstream, CHAIN, is_proven=True)
    with pytest.raises(Refused):
        await handle_key.settle_in_nats(jetstream, OLD)

    await jetstream.delete_key_value(handle_key.BUCKET)
    await client.close()


async def test_no_command_goes_on_with_a_wrong_key(
    connection: asyncpg.Connection, database: str, nats_url: str
) -> None:
    await begin(connection)
    wrong = Settings(
        database_url=SecretStr(database),
        nats_url=SecretStr(nats_url),
        handle_key=SecretStr("another"),
        own_domains=frozenset({"us.example"}),
    )
    ours = wrong.model_copy(update={"handle_key": SecretStr(CHAIN.decode())})
    calendar = Choices(None, None, ZoneInfo("UTC"), "ics", "calendar", keep_past=False, wait=False)
    async with jetstream.connected(nats_url, "test") as stream:
        await handle_key.settle_in_nats(stream, OLD)

        attempts = (
            bring([], wrong, "mail", None, wait=False),
            publish(Changes(), Remembered(), wrong, calendar, None),
            privacy.allowed(wrong, "ana@corp.example", "mira"),
            privacy.blocked(wrong, "ana@corp.example", "mira"),
            privacy.lifted(wrong, "ana@corp.example"),
            plans.known(connection, Ask(1.0, timedelta(7), None, "change"), NOW, b"another"),
        )
        for attempt in attempts:
            with pytest.raises(Refused, match="is not the key that"):
                await attempt
        assert await privacy_lists.entries(stream) == []
        assert not await is_registered(stream, "mail")
        # A rotation is in Postgres first and reaches NATS when the projector starts.
        assert (await policy_now(ours, stream)).handle_key == CHAIN
        await stream.delete_key_value(handle_key.BUCKET)


async def test_who_is_forgotten_stands_on_the_lists_as_blocked_alone_and_nobody_else_is_let_in(nats_url: str) -> None:
    ana, bo, cy = (handle_of(OLD, f"{name}@corp.example") for name in ("ana", "bo", "cy"))
    async with jetstream.connected(nats_url, "test") as stream:
        for handle in (ana, bo):
            await privacy_lists.enter(stream, handle, "allowed", NOW, "mira")
        await privacy_lists.lift(stream, bo)

        await listed.suppress(stream, [ana, bo, cy], NOW, "mira")
        entries = await privacy_lists.entries(stream)
        theirs = await listed.standing(stream, [ana, cy])
        for entry in entries:
            await privacy_lists.lift(stream, entry["entry"])

    assert {entry["entry"] for entry in entries if entry["rule"] == "blocked"} == {ana, bo}
    [nobody] = [entry["entry"] for entry in entries if entry["rule"] == "allowed"]
    assert nobody not in {ana, bo, cy}
    assert [entry["entry"] for entry in theirs] == [ana]


async def test_whom_the_lists_name_stands_there_by_either_key_until_the_new_one_holds(nats_url: str) -> None:
    ana = handle_of(OLD, "ana@corp.example")
    async with jetstream.connected(nats_url, "test") as stream:
        await handle_key.settle_in_nats(stream, OLD)
        await privacy_lists.enter(stream, ana, "allowed", NOW, "mira")
        await privacy_lists.enter(stream, "corp.example", "blocked", NOW, "mira")

        before = await copy_lists(stream, NEW)
        between = await privacy_lists.entries(stream)
        await end_old_key(stream, CHAIN, before)
        after = await privacy_lists.entries(stream)

        for entry in after:
            await privacy_lists.lift(stream, entry["entry"])
        await stream.delete_key_value(handle_key.BUCKET)

    new = handle_of(CHAIN, "ana@corp.example")
    assert {entry["entry"] for entry in between} == {ana, new, "corp.example"}
    assert {entry["entry"]: (entry["rule"], entry["since"], entry["by"]) for entry in after} == {
        new: ("allowed", NOW.isoformat(), "mira"),
        "corp.example": ("blocked", NOW.isoformat(), "mira"),
    }
