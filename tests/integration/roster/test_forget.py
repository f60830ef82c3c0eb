"""Forgetting, from outside: a whole attune, a dump of its database, the files of its broker."""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
import pytest

from shared.events.handle import handle_of
from shared.events.named import WHY
from shared.plumbing import clock
from shared.plumbing.credentials import Credentials
from shared.plumbing.embedded.postgres import PROGRAMS
from tests import house
from tests.house import House, until

ANA, NAME = "ana.zweifelberg@corp.example", "Ana Zweifelberg"
BO = "bo@corp.example"
ROSTER = f"""initiative,addresses,name,stakeholder,owner,cadence_days
change,{ANA};ana@home.example,{NAME},ana,mira@us.example,3
change,{BO},Bo Lindqvist,bo,{NAME},3
other,{ANA},,ana,,
"""


@pytest.fixture(scope="module")
def attune() -> Iterator[House]:
    with house.opened() as running:
        path = running.directory / "roster.csv"
        path.write_text(ROSTER)
        running.attune("roster", "import", str(path))
        yield running


@pytest.fixture(scope="module")
def acme(attune: House) -> Credentials:
    return attune.source("acme")


@pytest.fixture
async def postgres(attune: House) -> AsyncIterator[asyncpg.Connection]:
    connection = await attune.postgres()
    yield connection
    await connection.close()


def event(number: int, *people: str, days_ago: float = 40, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": "attune.touchpoint.v1",
        "id": f"{number}",
        "source": "mail",
        "time": (clock.now() - timedelta(days=days_ago)).isoformat(),
        "data": {"kind": "meeting", "duration_minutes": 60, "people": [{"address": a} for a in people]} | data,
    }


EVENTS = [
    *(event(n, ANA, days_ago=40 + n) for n in range(10)),
    *(event(20 + n, ANA, BO, days_ago=50 + n) for n in range(10)),
    event(40, BO, "Ana@Home.example") | {"id": f"reply to {ANA}"},
    event(41, BO, by=ANA),
    event(42, ANA, kind="disclosure", direction="inbound", duration_minutes=None, depth=0.5),
]
del EVENTS[-1]["data"]["duration_minutes"]


def post(acme: Credentials, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = httpx.post(
        acme.http_url,
        content=json.dumps(events),
        headers={
            "Authorization": f"Bearer {acme.http_token}",
            "Content-Type": "application/cloudevents-batch+json",
        },
    )
    assert answer.is_success, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def send(acme: Credentials, message: bytes) -> None:
    """Publish as the source, so that it lies in INTAKE."""
    client = await nats.connect(acme.nats_url, inbox_prefix=acme.inbox_prefix)
    await client.jetstream().publish(acme.subject, message)
    await client.close()


def dump(attune: House) -> bytes:
    pg_dump = PROGRAMS / "pg_dump"
    lines = subprocess.run(
        [str(pg_dump), attune.runtime.database_url], capture_output=True, check=True
    ).stdout.splitlines()
    # The suppression is what stays, and nothing but the handle.
    begin = next(n for n, line in enumerate(lines) if line.startswith(b"COPY roster.suppressed"))
    end = lines.index(b"\\.", begin)
    return b"\n".join([*lines[:begin], *lines[end:]])


def store(attune: House) -> bytes:
    return b"\0".join(path.read_bytes() for path in Path(attune.directory / "nats").rglob("*") if path.is_file())


def found(kept: bytes, handles: list[str]) -> list[str]:
    hyphenated = [f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in handles]
    needles = [ANA, "ana@home.example", NAME, "Zweifelberg", *handles, *hyphenated]
    return [needle for needle in needles if needle.lower().encode() in kept.lower()]


async def tell(attune: House, postgres: asyncpg.Connection) -> None:
    """Alert about Ana, in a message of her own and in a digest, as the alerts service would."""
    await postgres.execute(
        "insert into alerts.alerts (alert_id, relationship_id, status, severity, reason, reasons, drifts_at, summary, "
        "opened_at, resolved_at) select gen_random_uuid(), relationship_id, 'resolved', 'alert', 'fading', '[]', now(), "
        "$1, now(), now() from roster.stakeholders join roster.people using (person_id) where stakeholder = 'ana'",
        f"{NAME} drifts",
    )
    await postgres.execute(
        "insert into alerts.deliveries (delivery_id, alert_id, event, channel, destination, payload, created_at, "
        "delivered_at) select gen_random_uuid(), id, 'opened', 'nats', 'alerts.change.fading', $1, now(), now() "
        "from (select alert_id as id from alerts.alerts union all select null) as about",
        f"today: {NAME} and Bo",
    )
    client = await attune.nats()
    await client.jetstream().publish("alerts.change.fading", f"{NAME} drifts".encode())
    await client.jetstream().publish("alerts.change.fading", b"Bo drifts")
    await client.close()


async def logged(postgres: asyncpg.Connection) -> int:
    return int(await postgres.fetchval("select count(*) from projector.log"))


async def state_of_bo(postgres: asyncpg.Connection) -> list[Any]:
    row = await postgres.fetchrow(
        "select contact, dialogue, touch_days, evidence, first_touch_at, last_touch_at from projector.states "
        "join roster.stakeholders using (relationship_id) join roster.people using (person_id) "
        "where stakeholder = 'bo' and initiative = 'change'"
    )
    assert row
    return list(row)


async def test_nothing_is_found_of_who_was_forgotten_and_nothing_comes_back(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    handles = [handle_of(attune.runtime.handle_key.encode(), address) for address in (ANA, "ana@home.example")]
    post(acme, EVENTS[:15])
    await send(acme, json.dumps(EVENTS[15:]).encode())
    await send(acme, json.dumps({"id": "bad", "people": f"ANA.zweifelberg@CORP.example {NAME}"}).encode())
    await send(acme, b"\xff\xfe " + ANA.encode())
    await until(lambda: has(postgres, "select count(*) = 34 from projector.log"))
    await tell(attune, postgres)
    assert len(found(dump(attune), handles)) >= 5
    assert found(store(attune), handles)
    before = await state_of_bo(postgres)

    proof = json.loads(attune.attune("forget", "ana", "--json"))

    assert proof["left"] == {}
    assert proof["removed"]["projector.log"] == 23
    assert proof["removed"]["roster.addresses"] == 2
    assert proof["removed"]["alerts.deliveries"] == 3
    assert proof["messages_removed"]["REJECTED"] == 2
    assert proof["messages_removed"]["ALERTS"] >= 1
    assert found(dump(attune), handles) == []
    assert found(store(attune), handles) == []

    # What comes again, late or for the first time, brings nobody back; others keep what is theirs.
    post(acme, [*EVENTS, event(60, ANA), event(61, ANA, BO, days_ago=2)])
    await until(lambda: has(postgres, "select count(*) = 13 from projector.log"))
    attune.attune("rebuild")
    attune.attune("check")
    attune.attune("forget", ANA, "--json")  # a second order finds nothing but the bytes of what came meanwhile
    assert await logged(postgres) == 13
    assert (await state_of_bo(postgres))[2] == before[2] + 1
    assert found(dump(attune), handles) == []
    assert found(store(attune), handles) == []


async def test_a_late_event_that_breaks_a_rule_does_not_name_who_was_forgotten(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    attune.attune("forget", "eve@corp.example", "--json")
    refused = "select rejected from projector.source_health(now() + interval '1 day') where source = 'acme'"
    before = await postgres.fetchval(refused) or 0
    kept = attune.directory / "nats/jetstream"

    await send(acme, json.dumps({"id": "EVE@corp.example", "data": {"people": "mailto:Eve@Corp.example"}}).encode())
    await send(acme, json.dumps({"id": "other", "people": "Fay@Corp.example"}).encode())
    await until(lambda: has(postgres, f"select ({refused}) = {before} + 2"))

    rejections = b"".join(path.read_bytes() for path in kept.rglob("REJECTED/msgs/*.blk"))
    assert b"eve@corp" not in rejections.lower()
    assert b"Fay@Corp.example" in rejections
    [told] = [row for row in json.loads(attune.attune("rejected", "list", "--json")) if WHY in row["reason"]]
    assert told["source"] == "acme"


async def test_what_others_promised_or_were_reported_for_does_not_name_who_was_forgotten(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    gil = "gil.ortiz@corp.example"
    attune.roster([gil])
    promise = {"kind": "commitment", "direction": "inbound", "duration_minutes": None}
    made, kept = (
        event(n, BO, days_ago=9 - n, **promise, commitment={"ref": f"ask {gil} for budget", "state": state, "by": "us"})
        for n, state in ((1, "made"), (2, "kept"))
    )
    events = [made | {"id": "p1"}, kept | {"id": "p2"}, event(3, BO, initiative=f"about {gil}") | {"id": "p3"}]
    for each in events[:2]:
        del each["data"]["duration_minutes"]
    before = await logged(postgres)
    post(acme, events)
    await until(lambda: has(postgres, f"select count(*) = {before + 3} from projector.log"))

    proof = json.loads(attune.attune("forget", gil, "--json"))

    assert proof["left"] == {}
    assert await logged(postgres) == before + 3
    promises = await postgres.fetch("select ref, state from attune.commitments where stakeholder = 'bo'")
    assert [row["state"] for row in promises if row["ref"].startswith("forgotten:")] == ["kept"]

    # A late one is refused, and what is kept of it does not say why; those of before are known and silent.
    late = event(4, BO, days_ago=5, **promise, commitment={"ref": f"ask-{gil}-again", "state": "made", "by": "us"})
    del late["data"]["duration_minutes"]
    post(acme, [*events[:2], late | {"id": "p4"}, event(5, BO, days_ago=5) | {"id": "p5"}])
    await until(lambda: has(postgres, f"select count(*) = {before + 4} from projector.log"))
    assert await postgres.fetchval("select count(*) from projector.log where details::text ~* 'ortiz'") == 0

    def told() -> list[str]:
        rows = json.loads(attune.attune("rejected", "list", "--json"))
        return [row["reason"] for row in rows if "initiative, ref or note" in row["reason"]]

    async def is_told() -> bool:
        return len(told()) == 1

    await until(is_told)
    assert gil.encode() not in b"".join(
        path.read_bytes() for path in (attune.directory / "nats/jetstream").rglob("REJECTED/msgs/*.blk")
    )


async def has(postgres: asyncpg.Connection, question: str) -> bool:
    return bool(await postgres.fetchval(question))


async def test_all_that_is_held_is_exported(attune: House, acme: Credentials, postgres: asyncpg.Connection) -> None:
    cy = "cy@corp.example"
    attune.roster([cy])
    post(acme, [event(100, cy), event(101, cy, BO)])
    await send(acme, json.dumps({"id": "bad", "people": "CY@corp.example"}).encode())
    await until(
        lambda: has(postgres, "select count(*) = 2 from attune.touchpoints where stakeholder = 'cy@corp.example'")
    )

    told = json.loads(attune.attune("export", cy))

    assert told["addresses"] == [cy]
    assert len(told["held"]["projector.log"]) == 2
    assert {"roster.people", "roster.addresses", "roster.log", "projector.model_states"} <= told["held"].keys()
    assert [message["stream"] for message in told["messages"]] == ["REJECTED"]
    assert told["readings"][0]["initiative"] == "change"


async def test_who_is_blocked_is_taken_out_and_not_taken_in(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    attune.roster(["dee@corp.example", "eve@gone.example", "fay@eu.gone.example"])
    post(acme, [event(200, "dee@corp.example", "eve@gone.example"), event(201, "fay@eu.gone.example")])
    count = "select count(*) from attune.touchpoints where stakeholder in ('dee@corp.example', 'eve@gone.example', 'fay@eu.gone.example')"
    await until(lambda: has(postgres, f"select ({count}) = 3"))

    removed = json.loads(attune.attune("privacy", "block", "gone.example", "--json"))
    attune.attune("privacy", "block", "Dee@corp.example")
    results = post(
        acme, [event(202, "eve@gone.example"), event(203, "dee@corp.example"), event(204, "info@corp.example")]
    )

    post(acme, [{"id": "odd", "people": "EVE@gone.example"}] * 2)
    refused = json.loads(attune.attune("rejected", "list", "--json"))[-1]
    assert (refused["original"], "gone.example" in str(refused).lower()) == ("", False)
    assert removed == {"people": 2, "addresses": 2, "touchpoints": 2}
    assert await postgres.fetchval(count) == 0
    assert [result["reason"] for result in results] == ["blocked", "blocked", "role address"]
    assert "dee@" not in attune.attune("privacy", "list")
    assert "is taken in again" in attune.attune("privacy", "unblock", "dee@corp.example")
    assert "was neither blocked nor forgotten" in attune.attune("privacy", "unblock", "dee@corp.example")
    assert post(acme, [event(205, "dee@corp.example")])[0]["result"] == "accepted"


async def test_who_was_blocked_with_their_domain_comes_in_again_with_it(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    people = ["hal@shut.example", "ida@shut.example"]
    attune.roster(people)
    attune.attune("forget", people[1], "--yes")
    attune.attune("privacy", "block", "shut.example")

    listed = json.loads(attune.attune("privacy", "list", "--json"))

    assert [entry["rule"] for entry in listed if entry["domain"] == "shut.example"] == ["blocked"]
    assert ("shut.example", "blocked") in {(entry["entry"], entry["rule"]) for entry in listed}
    told = attune.attune("privacy", "unblock", "shut.example")
    assert "1 of its addresses" in told
    attune.roster(people[:1])
    assert post(acme, [event(300, people[0])])[0]["result"] == "accepted"
    await until(
        lambda: has(postgres, "select count(*) = 1 from attune.touchpoints where stakeholder = 'hal@shut.example'")
    )
    with pytest.raises(AssertionError, match="forgotten or blocked"):
        attune.roster(people[1:])


def test_of_a_stranger_nothing_is_said_to_be_removed(attune: House) -> None:
    removed = json.loads(attune.attune("privacy", "block", "stranger@corp.example", "--json"))

    assert removed == {"people": 0, "addresses": 0, "touchpoints": 0}


def test_whom_a_list_once_named_stands_there_as_blocked_when_they_are_forgotten(attune: House) -> None:
    attune.attune("privacy", "unblock", "stranger@corp.example")

    attune.attune("forget", "stranger@corp.example", "--json")

    told = json.loads(attune.attune("export", "stranger@corp.example"))
    assert [entry["rule"] for entry in told["lists"]] == ["blocked"]
    assert len(told["held"]["roster.suppressed"]) == 1
    # To take somebody off the allow list lets nobody in who was forgotten; naming the handle does.
    assert "and was not" in attune.attune("privacy", "disallow", "stranger@corp.example")
    assert json.loads(attune.attune("export", "stranger@corp.example"))["lists"] == told["lists"]
    freed = json.loads(attune.attune("privacy", "unblock", told["lists"][0]["entry"], "--json"))
    assert (freed["people"], freed["was_listed"]) == (1, True)


def test_unblocking_an_address_says_so_where_its_domain_is_still_blocked(attune: House) -> None:
    attune.attune("privacy", "block", "kept.example")

    with pytest.raises(AssertionError, match=r"still blocked: unblock kept\.example"):
        attune.attune("privacy", "unblock", "jo@kept.example")


async def test_what_is_too_old_is_removed_and_not_taken_in_again(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    kim = "kim@corp.example"
    attune.roster([kim])
    old = "select count(*) from projector.log where occurred_at < now() - interval '92 days'"
    post(acme, [event(400 + n, kim, days_ago=100 + n) for n in range(5)])
    await until(lambda: has(postgres, f"select ({old}) = 5"))
    evidence = "select evidence from projector.states join roster.stakeholders using (relationship_id) join roster.people using (person_id) where stakeholder = $1"
    before = await postgres.fetchval(evidence, kim)

    would = json.loads(attune.attune("privacy", "expire", "--days", "91", "--dry-run", "--json"))
    done = json.loads(attune.attune("privacy", "expire", "--days", "91", "--json"))

    assert would | {"dry_run": False} == done
    assert done["touchpoints"] == 5
    told = post(acme, [event(400, kim, days_ago=100), event(410, kim, days_ago=3)])
    assert [result["result"] for result in told] == ["dropped", "accepted"]
    assert told[0]["reason"] == "older than what is kept"
    (attune.directory / "old.jsonl").write_text(json.dumps(event(411, kim, days_ago=93)))
    for how in ("--dry-run", "--wait"):
        assert "older than what is kept" in attune.attune("publish", str(attune.directory / "old.jsonl"), how)
    await until(
        lambda: has(postgres, "select count(*) = 1 from attune.touchpoints where stakeholder = 'kim@corp.example'")
    )
    attune.attune("rebuild")
    attune.attune("check")
    assert await postgres.fetchval(old) == 0
    assert await postgres.fetchval(evidence, kim) > before > 0


async def test_whom_the_lists_keep_out_by_now_goes_where_it_can_be_told_and_may_come_again(
    attune: House, acme: Credentials, postgres: asyncpg.Connection
) -> None:
    gil, jan = "gil@let.example", "jan@shut-out.example"
    attune.roster([gil, jan])
    post(
        acme, [event(500, gil, jan, days_ago=5), event(501, jan, days_ago=6), event(502, "x@else.example", days_ago=7)]
    )
    count = f"select count(*) from projector.log where handle = '{handle_of(attune.runtime.handle_key.encode(), jan)}'"
    await until(lambda: has(postgres, f"select ({count}) = 2"))
    attune.attune("privacy", "allow", "let.example")

    would = json.loads(attune.attune("privacy", "apply", "--dry-run", "--json"))
    done = json.loads(attune.attune("privacy", "apply", "--json"))
    again = json.loads(attune.attune("privacy", "apply", "--json"))

    assert {**would, "dry_run": False} == done
    assert (done["touchpoints"] >= 2, done["strangers"], done["untold"] > 0) == (True, 0, True)
    assert (again["touchpoints"], again["untold"]) == (0, done["untold"])
    known = await postgres.fetch("select stakeholder from attune.touchpoints where stakeholder is not null")
    assert [row["stakeholder"] for row in known] == [gil]
    assert "stand as the log says" in attune.attune("check")
    whole = json.loads(attune.attune("privacy", "apply", "--strangers", "--json"))
    assert (whole["strangers"], whole["untold"]) == (done["untold"], 0)
    assert await postgres.fetchval("select count(*) from projector.log") == 1
    attune.attune("privacy", "disallow", "let.example")
    post(acme, [event(501, jan, days_ago=6)])
    await until(lambda: has(postgres, f"select ({count}) = 1"))
