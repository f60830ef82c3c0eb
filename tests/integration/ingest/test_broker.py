"""What comes in over NATS, sent by a client that knows only its credentials."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats.errors
import orjson
import pytest
from nats.aio.client import Client

from shared.plumbing import retention
from shared.plumbing.credentials import Credentials
from shared.plumbing.jetstream import ACCEPTED, INTAKE
from shared.plumbing.rejections import CONFLICT
from tests.house import House, until
from tests.integration.ingest.intake import Intake
from tests.integration.ingest.reports import ANA, BO, CY, fresh_id, report

LONE = "\ud800"


def changed(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the event with another value at `path`."""
    *names, last = path.split(".")
    part: Any = event
    for name in names:
        part = part[int(name) if name.isdecimal() else name]
    part[last] = value
    return event


async def test_a_client_that_knows_only_the_contract_sees_its_touchpoint_counted_within_a_second(
    intake: Intake,
) -> None:
    event = report(BO, minutes_ago=5)
    began = time.monotonic()

    await intake.send(event)

    read = "select last_touch_at from attune.alignment where stakeholder = $1"
    touched_at = await until(lambda: intake.database.fetchval(read, BO), seconds=5)
    print(f"counted after {time.monotonic() - began:.3f} s")  # noqa: T201 -- the figure is the point
    assert touched_at.isoformat() == event["time"]


async def test_a_source_hears_what_was_refused_of_it_and_nothing_of_others(
    attune: House, acme: Credentials, intake: Intake, admin: Client
) -> None:
    other = attune.source("neighbour")
    async with Intake.opened(other, admin, intake.database) as its:
        mine = await intake.client.subscribe(acme.rejected_subject)
        theirs = await its.client.subscribe(other.rejected_subject)
        await asyncio.gather(intake.client.flush(), its.client.flush())
        first = report(ANA)

        await intake.send([first, changed(report(), "data.kind", "chat")])
        await intake.send(changed(first, "data.kind", "call"))
        told = [orjson.loads((await mine.next_msg(10)).data) for _ in range(2)]
        await its.send(b"no event")
        [told_them] = [orjson.loads((await theirs.next_msg(10)).data)]

        assert {(said["source"], said["field"]) for said in told} == {("acme", "data.kind"), ("acme", "id")}
        [conflict] = [said for said in told if said["rule"] == CONFLICT]
        assert conflict["event_id"] == first["id"]
        # What the log says of people is handles, and those are not the source's.
        assert not any("original" in said or "handle" in orjson.dumps(said).decode() for said in told)
        assert told_them["source"] == "neighbour"
        assert (mine.pending_msgs, theirs.pending_msgs) == (0, 0)


async def test_the_broker_forgets_what_was_taken(intake: Intake, admin: Client) -> None:
    await intake.send(report())
    await intake.settled()

    async def is_forgotten() -> bool:
        states = [(await admin.jetstream().stream_info(stream)).state for stream in (INTAKE, ACCEPTED)]
        return not any(state.messages for state in states)

    await until(is_forgotten)


async def test_an_array_is_counted_event_by_event(intake: Intake) -> None:
    events = [report(), report(), report(BO)]

    await intake.send(events)
    await intake.settled()

    assert await intake.logged(event["id"] for event in events) == sorted(event["id"] for event in events)


async def test_one_bad_event_in_500_is_refused_and_499_count(intake: Intake) -> None:
    events = [report() for _ in range(500)]
    bad = changed(events[250], "data.subject", "Re: salary")

    await intake.send(events)
    await intake.settled()

    assert len(await intake.logged(event["id"] for event in events)) == 499
    (refused,) = await intake.rejected()
    assert (refused["field"], refused["value"], refused["rule"]) == (
        "data.subject",
        "'Re: salary'",
        "is not a known field",
    )
    assert (refused["source"], refused["event_id"], refused["original"]) == (
        "acme",
        bad["id"],
        orjson.dumps(bad).decode(),
    )


WRONG: dict[str, tuple[bytes | dict[str, Any], str]] = {
    "malformed bytes": (b"\xff\xfe{", "message"),
    "malformed JSON": (b'{"specversion": "1.0",', "message"),
    "nothing at all": (b"", "message"),
    "an empty batch": (b"[]", "message"),
    "a number": (b"7", "event"),
    "half a batch": (b'[{"id": "e"},', "message"),
    "nesting without end": (b"[" * 100_000, "message"),
    "nesting in an event": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "message"),
    "nesting in a batch": (b"[[" + b"[" * 5_000 + b"]" * 5_000 + b"]]", "message"),
    "a NUL": (changed(report(), "id", "a\0b"), "id"),
    "the year 1": (changed(report(), "time", "0001-01-01T00:00:00Z"), "time"),
    "the year 1, far east": (changed(report(), "time", "0001-01-01T00:00:00+14:00"), "time"),
    "the year 9999, far west": (changed(report(), "time", "9999-12-31T23:59:59-14:00"), "time"),
    "a naive time": (changed(report(), "time", "2026-11-20T10:00:00"), "time"),
    # Far enough ahead that it still is when its turn comes.
    "a time ten hours ahead": (report(minutes_ago=-600), "time"),
    "a depth of 2": (report(kind="disclosure", depth=2), "data.depth"),
    "a severity of -1": (report(kind="setback", severity=-1), "data.severity"),
    "a rating of 1.1": (report(kind="pulse", rating=1.1), "data.rating"),
    "a meeting of 1441 minutes": (report(kind="meeting", duration_minutes=1441), "data.duration_minutes"),
    "a breadth of 0": (report(breadth=0), "data.breadth"),
    "a huge integer": (report(breadth=2**63), "data.breadth"),
    "an integer of 5000 digits": (
        orjson.dumps(report(breadth=1)).replace(b'"breadth":1', b'"breadth":' + b"9" * 5_000),
        "message",
    ),
    "an unknown kind": (report(kind="lunch"), "data.kind"),
    "an unknown type": (changed(report(), "type", "attune.lunch.v1"), "type"),
    "a wrong type": (report(people="ana"), "data.people"),
    "501 people": (report(people=[{"address": ANA}] * 501), "data.people"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_nonsense_is_refused_by_its_field_and_the_next_event_counts(
    attune: House, intake: Intake, what: str
) -> None:
    message, field = WRONG[what]
    neighbour, pid = report(), attune.runtime.pids["ingest"]

    await intake.send(message)
    await intake.send(neighbour)
    await intake.settled()

    (refused,) = await intake.rejected()
    assert (refused["field"], refused["source"]) == (field, "acme")
    assert refused["rule"]
    assert await intake.logged([neighbour["id"]]) == [neighbour["id"]]
    assert attune.runtime.pids["ingest"] == pid


@pytest.mark.parametrize(
    "path",
    ["id", "source", "data.people.0.address", "data.thread", "data.note", "data.initiative", "data.by", "extension"],
)
async def test_half_a_surrogate_pair_is_refused_with_its_bytes_and_its_neighbours_count(
    intake: Intake, path: str
) -> None:
    bad, neighbours = changed(report(), path, f"{LONE}@corp.example"), [report(), report()]

    # orjson, rightly, writes no such thing.
    await intake.send(json.dumps([neighbours[0], bad, neighbours[1]]).encode())
    await intake.settled()

    (refused,) = await intake.rejected()
    assert "surrogate" in refused["reason"]
    assert refused["original"] == json.dumps(bad)
    assert await intake.logged(event["id"] for event in neighbours) == sorted(event["id"] for event in neighbours)


async def test_what_no_source_sent_is_refused_with_what_to_do(intake: Intake, admin: Client) -> None:
    stray = report()

    await admin.jetstream().publish("touchpoints.in.stranger", orjson.dumps(stray))
    await intake.settled()

    (refused,) = await intake.rejected()
    assert (refused["field"], refused["source"]) == ("source", "stranger")
    assert "attune source add stranger" in refused["rule"]
    assert refused["original"] == orjson.dumps(stray).decode()


async def test_a_message_of_10_mb_is_turned_away_by_nats_and_the_next_one_counts(
    intake: Intake, acme: Credentials
) -> None:
    address, heavy, neighbour = urlsplit(acme.nats_url), b"x" * 10_000_000, report()
    # By hand: the client would not even try.
    reading, writing = await asyncio.open_connection(address.hostname, address.port)
    await reading.readline()
    login = json.dumps({"user": acme.nats_user, "pass": acme.nats_password, "verbose": False})
    writing.write(f"CONNECT {login}\r\nPUB {acme.subject} {len(heavy)}\r\n".encode())

    answer = await asyncio.wait_for(reading.readline(), 5)

    assert b"Maximum Payload Violation" in answer
    with pytest.raises(nats.errors.MaxPayloadError):
        await intake.send(heavy)
    await intake.send(neighbour)
    await intake.settled()
    assert await intake.logged([neighbour["id"]]) == [neighbour["id"]]
    writing.close()


@pytest.mark.parametrize("filling", [b"\xff", b"\0"])
async def test_the_largest_message_nats_takes_is_refused_with_its_beginning(intake: Intake, filling: bytes) -> None:
    neighbour = report()

    await intake.send(filling * 8_000_000)
    await intake.send(neighbour)
    await intake.settled()

    (refused,) = await intake.rejected()
    assert refused["original_bytes"] == 8_000_000
    assert await intake.logged([neighbour["id"]]) == [neighbour["id"]]


async def test_a_message_of_a_million_events_is_refused_as_one(intake: Intake) -> None:
    neighbour = report()

    await intake.send(b"[" + b"0," * 999_999 + b"0]")
    await intake.send(neighbour)
    await intake.settled()

    (refused,) = await intake.rejected()
    assert (refused["field"], refused["value"]) == ("message", "more than 50000 events")
    assert await intake.logged([neighbour["id"]]) == [neighbour["id"]]


async def test_long_names_and_many_people_leave_in_envelopes_that_nats_takes(intake: Intake) -> None:
    crowd = [{"address": f"{i}@crowd.example"} for i in range(499)]
    events = [report(people=crowd, thread="t" * 500, initiative="€" * 200) for _ in range(12)]
    for event in events:
        event |= {"id": fresh_id("€" * 500), "source": "€" * 500}

    await intake.send(events)
    await intake.settled()

    assert len(await intake.logged(event["id"] for event in events)) == 12 * 499
    assert await intake.rejected() == []


async def begun_anew(attune: House, name: str, answers: Callable[[], Awaitable[bool]]) -> None:
    """End a service in good order and wait for its next life."""
    before = attune.signal(name, signal.SIGTERM)

    async def reborn() -> bool:
        return attune.runtime.pids[name] != before

    await until(reborn)
    await until(answers)


async def test_an_id_counts_once_within_a_batch_between_batches_and_after_a_restart(
    attune: House, intake: Intake
) -> None:
    event = report(CY)

    await intake.send([event, event])
    await intake.send(event)
    await intake.settled()
    for name in ("ingest", "projector"):
        await begun_anew(attune, name, lambda: asyncio.sleep(0, result=True))
    await intake.send([event, report(CY)])
    await intake.settled()

    assert await intake.logged([event["id"]]) == [event["id"]]
    assert await intake.rejected() == []
    # Two mails of the same hour: twice a quarter, whatever came how often.
    contact = "select contact from projector.states join roster.stakeholders using (relationship_id) join roster.people using (person_id) where stakeholder = $1"
    evidence = contact.replace("select contact", "select evidence")
    assert await intake.database.fetchval(evidence, CY) == pytest.approx(0.5, rel=1e-6)


async def test_what_is_older_than_what_is_kept_is_refused_until_ingest_knows_to_drop_it(
    attune: House, intake: Intake, admin: Client
) -> None:
    first, second = (report(minutes_ago=200 * 24 * 60) for _ in range(2))
    limit = "insert into projector.expiry (before_at, expired_at) values (now() - interval '190 days', now())"
    await intake.database.execute(limit)

    async def ingest_knows() -> bool:
        return (await retention.told(admin.jetstream())).begins_at > 0

    try:
        await intake.send(first)
        await intake.settled()
        await begun_anew(attune, "projector", ingest_knows)
        await intake.send(second)
        await intake.settled()
    finally:
        await intake.database.execute("delete from projector.expiry")
        await retention.tell(admin.jetstream(), None)

    (refused,) = await intake.rejected()
    assert (refused["event_id"], refused["field"], refused["original"]) == (first["id"], "time", "")
    assert "older than what is kept" in refused["reason"]
    assert await intake.logged([first["id"], second["id"]]) == []


@pytest.mark.parametrize("together", [True, False])
async def test_an_id_that_says_something_else_is_a_conflict_and_the_first_stays(intake: Intake, together: bool) -> None:
    first = report()
    second = {**first, "data": {**first["data"], "direction": "outbound"}}

    if together:
        await intake.send([first, second])
    else:
        await intake.send(first)
        await intake.settled()
        await intake.send(second)
    await intake.settled()

    (refused,) = await intake.rejected()
    assert (refused["event_id"], refused["source"], refused["rule"]) == (first["id"], "acme", CONFLICT)
    stays = await intake.database.fetch("select direction from attune.touchpoints where id = $1", first["id"])
    assert [row["direction"] for row in stays] == ["inbound"]


async def test_publish_names_what_ingest_is_to_refuse_and_leaves_with_1_without_waiting(
    attune: House, intake: Intake, tmp_path: Path
) -> None:
    good, bad, path = report(), report(kind="lunch"), tmp_path / "events.jsonl"
    path.write_bytes(orjson.dumps(good) + b"\n" + orjson.dumps(bad))

    with pytest.raises(AssertionError) as told:
        attune.attune("publish", str(path), "--source", "acme")
    await intake.settled()

    assert f"{bad['id']}: data.kind: 'lunch' — must be one of meeting" in str(told.value)
    assert "1 refused: see `attune rejected list`" in str(told.value)
    assert [refused["event_id"] for refused in await intake.rejected()] == [bad["id"]]
    assert await intake.logged([good["id"]]) == [good["id"]]
