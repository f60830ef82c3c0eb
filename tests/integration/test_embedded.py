import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import nats
import psutil
import pytest

from shared.errors import Refused
from shared.plumbing.embedded import servers
from shared.plumbing.embedded.postgres import SOCKET_PATH_MAX
from shared.plumbing.embedded.runtime import Runtime

# A program that runs the servers until it is killed.
HOST = """
import sys, time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from shared.plumbing.embedded import servers
with servers.running(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="attune-"))
    yield directory
    await_end(directory)
    shutil.rmtree(directory)


def host(directory: Path, *through: str) -> subprocess.Popen[str]:
    command = [*through, sys.executable, "-c", HOST, str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


def processes_of(directory: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if str(directory) in " ".join(process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def await_end(directory: Path) -> None:
    deadline = time.monotonic() + 10
    while (left := processes_of(directory)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []


async def written(runtime: Runtime) -> None:
    connection = await asyncpg.connect(runtime.database_url)
    await connection.execute("create table kept (fact text)")
    await connection.execute("insert into kept values ('committed')")
    await connection.close()
    client = await nats.connect(runtime.nats_url)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await client.jetstream().publish("kept", b"acknowledged")
    await client.close()


async def read(runtime: Runtime) -> tuple[str, bytes | None]:
    connection = await asyncpg.connect(runtime.database_url)
    fact: str = await connection.fetchval("select fact from kept")
    await connection.close()
    client = await nats.connect(runtime.nats_url)
    message = await client.jetstream().get_last_msg("KEPT", "kept")
    await client.close()
    return fact, message.data


async def test_what_was_committed_and_acknowledged_survives_a_kill_of_everything(
    directory: Path,
) -> None:
    process = host(directory)
    runtime = Runtime.read(directory)
    assert runtime
    await written(runtime)

    for server in runtime.pids.values():
        os.kill(server, signal.SIGKILL)
    killed(process)

    with servers.running(directory) as again:
        assert await read(again) == ("committed", b"acknowledged")


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root runs all of these as an ordinary user")
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not here, to become an ordinary user with")
def test_an_ordinary_user_runs_them_on_a_directory_of_their_own(directory: Path) -> None:
    somebody = pwd.getpwnam("nobody").pw_uid  # initdb asks whose name it is
    os.chown(directory, somebody, -1)
    # They may read, or else our Python and this repository could lie where they cannot look.
    may_read = [f"--{where}-caps=+dac_read_search" for where in ("inh", "ambient")]

    process = host(directory, "setpriv", f"--reuid={somebody}", "--clear-groups", *may_read)

    running = processes_of(directory)
    assert {"postgres", "nats-server"} <= {its.name() for its in running}
    assert {its.uids().effective for its in running} == {somebody}
    assert {path.stat().st_uid for path in directory.rglob("*")} == {somebody}
    killed(process)


async def test_ports_and_secrets_stay_from_one_run_to_the_next(directory: Path) -> None:
    with servers.running(directory) as first:
        pass
    with servers.running(directory) as second:
        pass

    assert (first.nats_url, first.database_url_tcp) == (second.nats_url, second.database_url_tcp)


def test_servers_do_not_outlive_a_killed_program(directory: Path) -> None:
    process = host(directory)
    assert processes_of(directory / "nats")

    killed(process)

    await_end(directory)
    assert Runtime.read(directory) is None


def test_a_second_start_on_the_same_directory_is_refused_with_the_pid(directory: Path) -> None:
    process = host(directory)

    with pytest.raises(Refused, match=f"as process {process.pid}"), servers.running(directory):
        pass
    killed(process)


@contextmanager
def stranger(account: int) -> Iterator[int]:
    process = subprocess.Popen(["sleep", "600"], user=account)  # noqa: S607 -- any program will do
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize("claim", ["postgres/postmaster.pid", "socket/.s.PGSQL.{port}.lock"])
def test_a_claim_of_the_dead_whose_number_a_stranger_bears_keeps_nobody_out(directory: Path, claim: str) -> None:
    with servers.running(directory) as runtime:
        port = urlsplit(runtime.database_url_tcp).port
    account = (directory / "postgres").stat().st_uid

    with stranger(account) as pid:
        path = directory / claim.format(port=port)
        path.write_text(f"{pid}\n")
        shutil.chown(path, account)

        with servers.running(directory) as again:
            assert again.is_alive()


def test_a_cluster_cut_short_while_it_was_made_is_made_anew(directory: Path) -> None:
    (directory / "postgres.new").mkdir()
    (directory / "postgres.new" / "PG_VERSION").write_text("18\n")

    with servers.running(directory) as runtime:
        assert runtime.is_alive()


def test_a_path_too_long_for_a_socket_still_runs(directory: Path) -> None:
    deep = directory / ("d" * SOCKET_PATH_MAX)

    with servers.running(deep) as runtime:
        assert str(deep) not in runtime.database_url
        socket = Path(parse_qs(urlsplit(runtime.database_url).query)["host"][0])
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()


async def test_a_program_that_knows_no_sockets_needs_the_password(servers: Runtime) -> None:
    connection = await asyncpg.connect(servers.database_url_tcp)
    await connection.close()

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(servers.database_url_tcp, password="guess")  # noqa: S106 -- a wrong one


async def test_postgres_never_trades_safety_for_speed(connection: asyncpg.Connection) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await connection.fetchval(f"show {setting}") == "on"


def test_secrets_are_for_the_owner_only(directory: Path) -> None:
    with servers.running(directory):
        for secret in ("runtime.json", "secrets.json", "nats/sources.conf", "nats/nats.conf"):
            assert stat.S_IMODE((directory / secret).stat().st_mode) == 0o600
        assert stat.S_IMODE((directory / "socket").stat().st_mode) == 0o700
        assert not directory.stat().st_mode & 0o066
