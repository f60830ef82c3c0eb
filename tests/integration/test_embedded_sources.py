import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import bcrypt
import nats
import pytest
from nats.aio.client import Client

from shared.errors import Refused
from shared.plumbing.embedded import sources
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import INTAKE, declare
from shared.vocabulary import SUBJECT_ACCEPTED, SUBJECT_ALERTS, SUBJECT_INTAKE, SUBJECT_REJECTED

PASSWORD = "acme-password"  # noqa: S105 -- an example
Complaints = asyncio.Queue[str]
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


async def connected(servers: Runtime, name: str, complaints: Complaints) -> Client:
    async def complain(error: Exception) -> None:
        complaints.put_nowait(str(error).lower())

    return await nats.connect(
        f"nats://{urlsplit(servers.nats_url).hostname}:{urlsplit(servers.nats_url).port}",
        user=name,
        password=PASSWORD,
        inbox_prefix=f"_INBOX.{name}".encode(),
        error_cb=complain,
        max_reconnect_attempts=1,
    )


async def greeted(servers: Runtime, name: str) -> bytes:
    # By hand: a client that is turned away leaves its socket open.
    address = urlsplit(servers.nats_url)
    reading, writing = await asyncio.open_connection(address.hostname, address.port)
    await reading.readline()
    credentials = json.dumps({"user": name, "pass": PASSWORD, "verbose": False})
    writing.write(f"CONNECT {credentials}\r\nPING\r\n".encode())
    answer = await reading.readline()
    writing.close()
    await writing.wait_closed()
    return answer


async def test_a_new_source_publishes_at_once_and_is_acknowledged(home: Path, servers: Runtime) -> None:
    sources.write_source(home, "acme", HASH)
    service = await nats.connect(servers.nats_url)
    await declare(service.jetstream())
    source = await connected(servers, "acme", Complaints())

    acknowledged = await source.jetstream().publish(f"{SUBJECT_INTAKE}.acme", b"{}")

    assert acknowledged.stream == INTAKE
    await source.close()
    await service.jetstream().purge_stream(INTAKE)
    await service.close()


FORBIDDEN = [
    f"{SUBJECT_INTAKE}.other",
    f"{SUBJECT_INTAKE}.acme.more",
    SUBJECT_ACCEPTED,
    SUBJECT_REJECTED,
    f"{SUBJECT_REJECTED}.acme",
    f"{SUBJECT_REJECTED}.other",
    f"{SUBJECT_ALERTS}.change.fading",
    "nudges.acme",
    "_INBOX.other.reply",
    "$KV.SOURCES.acme",
    "$JS.API.INFO",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.CREATE.MINE",
    "$JS.API.STREAM.PURGE.INTAKE",
    "$JS.API.STREAM.DELETE.INTAKE",
    "$JS.API.STREAM.MSG.GET.REJECTED",
    "$JS.API.DIRECT.GET.KV_SOURCES",
    "$JS.API.CONSUMER.CREATE.INTAKE",
    "$JS.API.CONSUMER.DELETE.INTAKE.ingest",
    "$JS.API.CONSUMER.MSG.NEXT.INTAKE.ingest",
    "$JS.ACK.INTAKE.ingest.1.1.1.1.1",
    "$SYS.REQ.SERVER.PING",
    "$SRV.PING",
]


@pytest.mark.parametrize("subject", FORBIDDEN)
async def test_a_source_may_speak_for_itself_only(home: Path, servers: Runtime, subject: str) -> None:
    sources.write_source(home, "acme", HASH)
    complaints = Complaints()
    source = await connected(servers, "acme", complaints)

    await source.publish(subject, b"{}")
    complaint = await asyncio.wait_for(complaints.get(), 5)

    assert f'permissions violation for publish to "{subject.lower()}"' in complaint
    await source.close()


UNHEARD = [
    ">",
    "*",
    "_INBOX.>",
    "_INBOX.*",
    "_INBOX.other.>",
    f"{SUBJECT_INTAKE}.acme",
    f"{SUBJECT_INTAKE}.other",
    f"{SUBJECT_INTAKE}.*",
    SUBJECT_ACCEPTED,
    SUBJECT_REJECTED,
    f"{SUBJECT_REJECTED}.other",
    f"{SUBJECT_REJECTED}.*",
    f"{SUBJECT_REJECTED}.acme.>",
    f"{SUBJECT_ALERTS}.>",
    "nudges.>",
    "$KV.SOURCES.>",
    "$JS.>",
    "$SYS.>",
    "$JS.EVENT.ADVISORY.>",
]


@pytest.mark.parametrize("subject", UNHEARD)
async def test_a_source_may_not_listen(home: Path, servers: Runtime, subject: str) -> None:
    sources.write_source(home, "acme", HASH)
    complaints = Complaints()
    source = await connected(servers, "acme", complaints)

    await source.subscribe(subject)
    complaint = await asyncio.wait_for(complaints.get(), 5)

    assert "permissions violation for subscription" in complaint
    await source.close()


@pytest.mark.parametrize("subject", [subject for subject in FORBIDDEN if not subject.startswith("_INBOX")])
async def test_a_source_cannot_have_its_answers_written_where_it_may_not_speak(
    home: Path, servers: Runtime, subject: str
) -> None:
    sources.write_source(home, "acme", HASH)
    service = await nats.connect(servers.nats_url)
    await declare(service.jetstream())
    overheard = await service.subscribe(subject)
    source = await connected(servers, "acme", Complaints())

    await source.publish(f"{SUBJECT_INTAKE}.acme", b"{}", reply=subject)
    # Both ways and back: the first answer had its time.
    await source.jetstream().publish(f"{SUBJECT_INTAKE}.acme", b"{}")
    await service.flush()

    assert overheard.pending_msgs == 0
    await source.close()
    await service.jetstream().purge_stream(INTAKE)
    await service.close()


async def test_a_dropped_source_is_shut_out(home: Path, servers: Runtime) -> None:
    sources.write_source(home, "leaver", HASH)
    assert await greeted(servers, "leaver") == b"PONG\r\n"

    sources.drop_source(home, "leaver")

    assert b"Authorization Violation" in await greeted(servers, "leaver")


async def test_adding_a_source_disturbs_nobody_who_is_connected(home: Path, servers: Runtime) -> None:
    sources.write_source(home, "acme", HASH)
    source = await connected(servers, "acme", Complaints())

    sources.write_source(home, "newcomer", HASH)
    await source.flush()

    assert source.is_connected
    await source.close()


@pytest.mark.parametrize("name", ["", "a.b", "a b", ">", 'a"', "attune", "é", "a" * 65])
def test_a_name_that_is_no_token_is_refused(home: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot be a source"):
        sources.write_source(home, name, HASH)
