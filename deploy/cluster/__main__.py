"""Runs a whole cluster on this machine's loopback, or makes its standby the first.

    python -m deploy.cluster run --home DIR [--ingest 2 --projector 2 --alerts 2 --console 1] [--no-standby]
                                          [--certificates DIR]
    python -m deploy.cluster promote --home DIR

`run` starts three NATS servers with streams of three copies, Postgres with a standby that holds every commit, and the
services; whoever dies is started again. Commands find it by ATTUNE_DIRECTORY=DIR. Ctrl-C stops it all.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import asyncpg
import click
from pydantic import SecretStr

from deploy.cluster import node, standby
from deploy.cluster.replica import replicas
from services.cli import house
from services.cli.services import Service
from shared.errors import AttuneError, Refused
from shared.plumbing.embedded import lock
from shared.plumbing.embedded.postgres import Postgres
from shared.plumbing.embedded.runtime import Runtime, path
from shared.plumbing.embedded.servers import made
from shared.plumbing.jetstream import connected, declare
from shared.plumbing.settings import Settings, configured

NATS_SYNC = "2m"

home_option = click.option("--home", type=click.Path(path_type=Path), required=True, help="Where its data lie.")


@click.group(help=__doc__)
def main() -> None:
    """Choose what to do."""


@main.command()
@home_option
@click.option("--ingest", default=2, show_default=True)
@click.option("--projector", default=2, show_default=True)
@click.option("--alerts", default=2, show_default=True)
@click.option("--console", default=1, show_default=True)
@click.option("--standby/--no-standby", "with_standby", default=True, show_default=True)
@click.option(
    "--certificates",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    help="Where ca.pem, server.pem and server.key lie: NATS' servers then speak TLS with one another.",
)
def run(home: Path, with_standby: bool, certificates: Path | None, **counts: int) -> None:
    """Run everything until Ctrl-C."""
    signal.signal(signal.SIGTERM, interrupted)
    home = made(home)
    begun: list[house.Server | Service] = []
    with lock.held(home, os.getpid()):
        try:
            note = begin(home, counts, with_standby, certificates, begun)
            tell(f"everything runs; ATTUNE_DIRECTORY={home} attune status")
            house.watched(begun, note, home, tell).keep()
        except KeyboardInterrupt:
            tell("stopping")
        finally:
            path(home).unlink(missing_ok=True)
            house.close(begun)


def begin(
    home: Path,
    counts: dict[str, int],
    with_standby: bool,
    certificates: Path | None,
    begun: list[house.Server | Service],
) -> Runtime:
    """Start all in order, noting in `begun` what must be stopped whatever happens."""
    cluster = node.nodes(home, NATS_SYNC, certificates)
    house.begin(cluster, begun)
    databases = begin_postgres(home, with_standby, begun)
    chosen = configured().model_copy(
        update={
            "directory": home,
            "database_url": SecretStr(standby.url(databases)),
            "nats_url": SecretStr(node.url(cluster)),
            "stream_replicas": len(cluster),
        }
    )
    complete = house.completed(chosen, home, [])
    asyncio.run(prepared(complete))
    staff = replicas(complete, home, counts)
    note = house.noted(complete, [*cluster, *databases], staff)
    note.write(home)
    house.begin(staff, begun)
    return note


def begin_postgres(home: Path, with_standby: bool, begun: list[house.Server | Service]) -> list[Postgres]:
    """Start the first server and its standby; once that follows, no commit is told before both have it."""
    first, second = standby.pair(home, standby.kept_ports(home))
    if first.fence.exists():
        house.begin([second], begun)
        return [second]
    if not with_standby:
        house.begin([first], begun)
        return [first]
    # A first server that waits for its standby answers only beside it.
    together: list[house.Server] = [first, second] if second.data.exists() else [first]
    house.begin(together, begun)
    if second not in together:
        house.begin([second], begun)
        asyncio.run(altered(first.url_tcp, f"set synchronous_standby_names = '{standby.NAME}'"))
    return [first, second]


async def altered(url: str, what: str) -> None:
    """Change a setting of a server for good."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"alter system {what}")
    await connection.execute("select pg_reload_conf()")
    await connection.close()


async def prepared(complete: Settings) -> None:
    """Migrate, and make streams of as many copies as there are servers."""
    await house.migrated(complete.database_url.get_secret_value())
    await house.proven(complete)
    async with connected(complete.nats_url.get_secret_value(), "cluster") as jetstream:
        await declare(jetstream, complete.stream_replicas)


@main.command()
@home_option
def promote(home: Path) -> None:
    """Let the standby write from now on, and the first server never again."""
    running = Runtime.read(home)
    first, second = standby.pair(home, standby.known_ports(home))
    if running is None or standby.NAME not in running.pids:
        raise click.UsageError(f"no cluster with a standby runs in {home}")
    first.fence.touch()
    with suppress(ProcessLookupError):
        os.kill(running.pids[first.name], signal.SIGKILL)
    asyncio.run(promoted(second.url_tcp))
    tell(f"127.0.0.1:{second.port} writes now")


async def promoted(url: str) -> None:
    """Return once the server writes, and waits for nobody."""
    connection = await asyncpg.connect(url)
    if not await connection.fetchval("select pg_promote()"):
        raise Refused("Postgres was not promoted within a minute: look into its log")
    await connection.close()
    await altered(url, "reset synchronous_standby_names")


def tell(what: str) -> None:
    """Say it at once."""
    click.echo(what)
    sys.stdout.flush()


def interrupted(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Stop as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except AttuneError as error:
        sys.exit(str(error))
