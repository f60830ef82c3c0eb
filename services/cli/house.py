"""Everything `attune run` runs, from the lock on its directory to the last service."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from services.cli.mend import mended
from services.cli.services import Service, services
from services.cli.supervise import Child, Supervisor
from shared.alignment.model import default_model
from shared.plumbing import clock, handle_key, own_forms
from shared.plumbing.embedded import lock, secrets
from shared.plumbing.embedded.nats import Nats
from shared.plumbing.embedded.postgres import Postgres
from shared.plumbing.embedded.runtime import Runtime, path
from shared.plumbing.embedded.servers import made, prepared
from shared.plumbing.migrate import migrate
from shared.plumbing.models import ensure_model
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings

Server = Postgres | Nats


@contextmanager
def opened(chosen: Settings, tell: Callable[[str], None]) -> Iterator[tuple[Runtime, Supervisor]]:
    """Run servers and services while the block lasts; leave nothing behind."""
    home = made(chosen.directory)
    with lock.held(home, os.getpid()):
        begun: list[Server | Service] = []
        try:
            yield open_all(chosen, home, begun, tell)
        finally:
            path(home).unlink(missing_ok=True)
            close(begun)


def open_all(
    chosen: Settings, home: Path, begun: list[Server | Service], tell: Callable[[str], None]
) -> tuple[Runtime, Supervisor]:
    """Start everything in order, noting in `begun` what must be stopped whatever happens."""
    servers = missing(chosen, home)
    begin(servers, begun)
    complete = completed(chosen, home, servers)
    asyncio.run(migrated(complete.database_url.get_secret_value()))
    asyncio.run(proven(complete))
    staff = services(complete, home)
    note = noted(complete, servers, staff)
    note.write(home)
    begin(staff, begun)
    return note, watched(begun, note, home, tell)


def missing(chosen: Settings, home: Path) -> list[Server]:
    """Return the servers nobody brought."""
    postgres, nats = prepared(home, chosen.nats_sync_interval)
    wanted: list[tuple[Server, SecretStr]] = [(postgres, chosen.database_url), (nats, chosen.nats_url)]
    return [server for server, brought in wanted if not brought.get_secret_value()]


def begin(children: Sequence[Server] | Sequence[Service], begun: list[Server | Service]) -> None:
    """Start all, then wait for all: they do not need each other to start."""
    for child in children:
        begun.append(child)
        child.launch()
    for child in children:
        child.wait()


def completed(chosen: Settings, home: Path, servers: list[Server]) -> Settings:
    """Fill in what was left open."""
    ours: dict[str, SecretStr] = {}
    for server in servers:
        ours["database_url" if isinstance(server, Postgres) else "nats_url"] = SecretStr(server.url)
    if not chosen.handle_key.get_secret_value():
        ours["handle_key"] = SecretStr(secrets.kept(home).handle_key)
    return chosen.model_copy(update=ours)


async def migrated(database_url: str) -> None:
    """Bring the database up to this code, with a model to read by."""
    connection = await asyncpg.connect(database_url)
    try:
        await migrate(connection)
        await own_forms.settle(connection)
        await ensure_model(connection, default_model(), clock.now())
    finally:
        await connection.close()


async def proven(complete: Settings) -> None:
    """Refuse a handle key that the database is not written with, before anything starts that would use it."""
    async with session(complete.database_url.get_secret_value(), "run") as connection:
        await handle_key.settle(connection, complete.handle_secret(), clock.now())


def noted(complete: Settings, servers: Sequence[Server], staff: Sequence[Service]) -> Runtime:
    """Write down where everything is, for other commands to find."""
    return Runtime(
        database_url=complete.database_url.get_secret_value(),
        nats_url=complete.nats_url.get_secret_value(),
        handle_key=complete.handle_key.get_secret_value(),
        started_at=clock.now().isoformat(),
        database_url_tcp=next((server.url_tcp for server in servers if isinstance(server, Postgres)), ""),
        nats_monitor=next((server.monitor for server in servers if isinstance(server, Nats)), ""),
        http={service.name: service.address for service in staff},
        pids={server.name: server.process.pid for server in servers if server.process},
    )


def watched(begun: list[Server | Service], note: Runtime, home: Path, tell: Callable[[str], None]) -> Supervisor:
    """Watch over all, and keep the note true when one gets a new process."""

    def renote(_: Child) -> None:
        pids = {child.name: child.process.pid for child in begun if child.process}
        replace(note, pids=pids).write(home)

    supervisor = Supervisor(tell, renote)
    for child in begun:
        if child.process:
            supervisor.watch(child, child.process)
            renote(child)
        if isinstance(child, Nats):
            mended(child, tell)
    return supervisor


def close(begun: list[Server | Service]) -> None:
    """Stop services before the servers they write to, NATS before Postgres."""
    staff = [child for child in begun if isinstance(child, Service)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(Service.stop, staff))
    for server in reversed([child for child in begun if not isinstance(child, Service)]):
        server.stop()
