"""Ways that leave the machine, encrypted: whom we trust, whom we do not, and that nothing is said in the clear."""

import asyncio
import gc
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from deploy.cluster import node
from shared.errors import Refused, Unavailable
from shared.plumbing import jetstream, postgres
from shared.plumbing.embedded import nats, ports, processes
from shared.plumbing.settings import Settings
from tests.certificates import Authority
from tests.front import Streams, front
from tests.house import until

PASSWORD = "only-for-the-right-one"  # noqa: S105 -- an example
SSL_REQUEST_BYTES = 8
# docs/security.md shows the block `tls`.
CONFIGURATION = """
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
tls {{
  cert_file: "{chain}"
  key_file: "{secret}"
  handshake_first: true
}}
authorization {{ user: attune, password: "{password}" }}
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("ours") / "ours")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("stranger") / "stranger")


@pytest.fixture(scope="module")
def broker(ours: Authority) -> Iterator[str]:
    """The address of a NATS that speaks TLS, without its scheme."""
    port, monitor = ports.free(), ports.free()
    told = {"port": port, "monitor": monitor, "password": PASSWORD}
    configuration = ours.directory / "nats.conf"
    configuration.write_text(CONFIGURATION.format(**told, chain=ours.chain, secret=ours.secret))
    log = ours.directory / "nats.log"
    process = processes.launch([nats.program(), "--config", configuration], log=log, death_signal=signal.SIGKILL)
    processes.wait_until(lambda: nats.is_healthy(monitor), process, seconds=20, name="nats", log=log)
    yield f"attune:{PASSWORD}@127.0.0.1:{port}"
    processes.stop(process, (signal.SIGTERM, 20))


# nats-py leaves the socket of a handshake that failed to the garbage, which is brought out before the next test.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(jetstream, "CONNECT_WITHIN", 2.0)
    yield
    gc.collect()


async def test_nats_is_reached_over_tls_by_whoever_trusts_its_authority(broker: str, ours: Authority) -> None:
    url = f"tls://{broker}?ca={ours.ca}"
    client = await jetstream.connect(url, "test")
    assert client.is_connected
    await client.close()

    service = jetstream.broker_of(Settings(nats_url=SecretStr(url)), "test")
    assert (await service.connect()).is_connected
    await service.stop()


async def test_a_nats_that_a_stranger_vouches_for_is_not_spoken_to(broker: str, stranger: Authority) -> None:
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await jetstream.connect(f"tls://{broker}?ca={stranger.ca}", "test")


async def test_a_nats_that_speaks_tls_is_not_reached_without(broker: str) -> None:
    with pytest.raises(Unavailable):
        await jetstream.connect(f"nats://{broker}", "test")


async def test_who_says_that_nats_needs_no_tls_is_told_no_password(ours: Authority) -> None:
    heard = bytearray()

    async def pretend(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        writing.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"auth_required":true}\r\n')
        while some := await reading.read(65536):
            heard.extend(some)
        writing.close()

    server = await asyncio.start_server(pretend, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(Unavailable):
        await jetstream.connect(f"tls://attune:{PASSWORD}@127.0.0.1:{port}?ca={ours.ca}", "test")

    server.close()
    assert heard
    assert PASSWORD.encode() not in heard


async def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"ca=\S+none.pem — must be a file of PEM certificates"):
        await jetstream.connect(f"tls://localhost?ca={tmp_path / 'none.pem'}", "test")


async def test_servers_of_a_cluster_speak_tls_among_themselves_and_let_no_stranger_in(
    ours: Authority, stranger: Authority
) -> None:
    # Not pytest's directory: its name can be too long for what lies in it.
    home = Path(tempfile.mkdtemp(prefix="attune-"))
    # It trusts whom we trust, and knows the password: only who vouches for it is another.
    shutil.copytree(stranger.directory, home / "impostor")
    shutil.copy(ours.ca, home / "impostor")
    servers = one, _, impostor = node.nodes(home, "2m", ours.directory)
    impostor.certificates = home / "impostor"
    try:
        for server in servers:
            server.launch()
        await until(lambda: asyncio.sleep(0.1, "TLS route handshake error" in one.log.read_text()))
        await until(lambda: asyncio.sleep(0.1, others(one)))

        assert others(one) == {"nats-2"}
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(home)


def others(server: nats.Nats) -> set[str]:
    """Return with which servers it has routes, all of them encrypted."""
    try:
        told = httpx.get(f"{server.monitor}/varz").json(), httpx.get(f"{server.monitor}/routez").json()
    except httpx.TransportError:
        return set()
    assert told[0]["cluster"]["tls_required"]
    return {route["remote_name"] for route in told[1]["routes"]}


@asynccontextmanager
async def postgres_over_tls(database: str, shown: Authority | None) -> AsyncIterator[str]:
    """Give the embedded Postgres, which cannot speak TLS, a front that does as its protocol says; yield the address."""
    parts = urlsplit(database)
    told = parse_qs(parts.query)

    async def there() -> Streams:
        return await asyncio.open_unix_connection(f"{told['host'][0]}/.s.PGSQL.{told['port'][0]}")

    async def shaken(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        await reading.readexactly(SSL_REQUEST_BYTES)
        writing.write(b"S" if shown else b"N")
        if shown:
            await writing.start_tls(shown.context())

    async with front(there, shaken) as port:
        yield f"postgresql://attune:{PASSWORD}@127.0.0.1:{port}{parts.path}"


async def test_postgres_is_reached_over_tls_by_whoever_trusts_its_authority(database: str, ours: Authority) -> None:
    async with postgres_over_tls(database, ours) as url:
        verified = f"{url}?sslmode=verify-full&sslrootcert={ours.ca}"
        async with postgres.session(verified, "test") as connection:
            assert await connection.fetchval("select 1") == 1
        pool = await postgres.pool(verified, "test")
        async with postgres.connected(pool) as connection:
            assert await connection.fetchval("select 1") == 1
        await pool.close()


async def test_a_postgres_that_a_stranger_vouches_for_is_not_spoken_to(
    database: str, stranger: Authority, ours: Authority
) -> None:
    async with postgres_over_tls(database, stranger) as url:
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await postgres.pool(f"{url}?sslmode=verify-full&sslrootcert={ours.ca}", "test")


async def test_a_postgres_of_another_name_is_not_spoken_to(database: str, ours: Authority) -> None:
    async with postgres_over_tls(database, ours) as url:
        other = url.replace("127.0.0.1", "localhost")
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await postgres.pool(f"{other}?sslmode=verify-full&sslrootcert={ours.ca}", "test")


async def test_a_postgres_that_refuses_tls_is_told_nothing(database: str, ours: Authority) -> None:
    async with postgres_over_tls(database, None) as url:
        with pytest.raises(Unavailable, match="SSL"):
            await postgres.pool(f"{url}?sslmode=verify-full&sslrootcert={ours.ca}", "test")
