from pathlib import Path
from urllib.parse import urlsplit

import bcrypt
import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from shared.errors import Refused
from shared.plumbing.embedded import sources
from shared.plumbing.embedded.runtime import Runtime
from shared.vocabulary import SUBJECT_ACCEPTED, SUBJECT_INTAKE

PASSWORD = "acme-password"  # noqa: S105 -- an example
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


async def connected(servers: Runtime, name: str, complaints: list[str]) -> Client:
    async def complain(error: Exception) -> None:
        complaints.append(str(error))

    return await nats.connect(
        f"nats://{urlsplit(servers.nats_url).hostname}:{urlsplit(servers.nats_url).port}",
        user=name,
        password=PASSWORD,
        inbox_prefix=f"_INBOX.{name}".encode(),
        error_cb=complain,
        max_reconnect_attempts=1,
    )


async def test_a_new_source_publishes_at_once_and_is_acknowledged(home: Path, servers: Runtime) -> None:
    sources.write_source(home, "acme", HASH)
    stream = StreamConfig(name="SOURCES", subjects=[f"{SUBJECT_INTAKE}.acme"])
    service = await nats.connect(servers.nats_url)
    await service.jetstream().add_stream(stream)
    source = await connected(servers, "acme", [])

    acknowledged = await source.jetstream().publish(f"{SUBJECT_INTAKE}.acme", b"{}")

    assert acknowledged.stream == "SOURCES"
    await source.close()
    await service.jetstream().delete_stream("SOURCES")
    await service.close()


@pytest.mark.parametrize("subject", [f"{SUBJECT_INTAKE}.other", SUBJECT_ACCEPTED, "$JS.API.STREAM.LIST"])
async def test_a_source_may_speak_for_itself_only(home: Path, servers: Runtime, subject: str) -> None:
    sources.write_source(home, "acme", HASH)
    complaints: list[str] = []
    source = await connected(servers, "acme", complaints)

    await source.publish(subject, b"{}")
    await source.flush()

    assert f'permissions violation for publish to "{subject.lower()}"' in complaints[0].lower()
    await source.close()


@pytest.mark.parametrize("subject", [">", SUBJECT_ACCEPTED, "_INBOX.other.>", f"{SUBJECT_INTAKE}.acme"])
async def test_a_source_may_not_listen(home: Path, servers: Runtime, subject: str) -> None:
    sources.write_source(home, "acme", HASH)
    complaints: list[str] = []
    source = await connected(servers, "acme", complaints)

    await source.subscribe(subject)
    await source.flush()

    assert "permissions violation for subscription" in complaints[0].lower()
    await source.close()


async def test_a_dropped_source_is_shut_out(home: Path, servers: Runtime) -> None:
    sources.write_source(home, "leaver", HASH)
    sources.drop_source(home, "leaver")

    with pytest.raises(nats.errors.Error):
        await connected(servers, "leaver", [])


async def test_adding_a_source_disturbs_nobody_who_is_connected(home: Path, servers: Runtime) -> None:
    sources.write_source(home, "acme", HASH)
    source = await connected(servers, "acme", [])

    sources.write_source(home, "newcomer", HASH)
    await source.flush()

    assert source.is_connected
    await source.close()


@pytest.mark.parametrize("name", ["", "a.b", "a b", ">", 'a"', "attune", "é", "a" * 65])
def test_a_name_that_is_no_token_is_refused(home: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot be a source"):
        sources.write_source(home, name, HASH)
