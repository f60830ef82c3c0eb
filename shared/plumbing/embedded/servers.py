"""Both servers together, on one directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import Refused
from shared.plumbing import clock
from shared.plumbing.embedded import lock, ports, secrets
from shared.plumbing.embedded.nats import Nats
from shared.plumbing.embedded.postgres import Postgres
from shared.plumbing.embedded.runtime import Runtime, path


def prepared(directory: Path, sync_interval: str = "always") -> tuple[Postgres, Nats]:
    """Return both servers of `directory`, not yet started, on the ports and with the secrets they had."""
    known = secrets.kept(directory)
    port = ports.keep(directory, "postgres", "nats", "nats_monitor")
    postgres = Postgres(directory, port["postgres"], known.postgres_password)
    nats = Nats(directory, port["nats"], port["nats_monitor"], known.nats_password, sync_interval)
    return postgres, nats


def made(directory: Path) -> Path:
    """Make `directory` for its owner's eyes only, and return its full path."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise unwritable(directory) from None
    # One that was there before may still be read-only.
    if not os.access(directory, os.W_OK | os.X_OK):
        raise unwritable(directory)
    return directory.resolve()


def unwritable(directory: Path) -> Refused:
    """Say what to do about a directory that cannot be ours."""
    return Refused(f"cannot write in {directory}: choose another with ATTUNE_DIRECTORY")


@contextmanager
def running(directory: Path, sync_interval: str = "always") -> Iterator[Runtime]:
    """Run both servers while the block lasts, and leave the note by which other commands find them."""
    home = made(directory)
    with lock.held(home, os.getpid()):
        postgres, nats = prepared(home, sync_interval)
        try:
            postgres.launch()
            nats.launch()
            postgres.wait()
            nats.wait()
            runtime = noted(postgres, nats)
            runtime.write(home)
            yield runtime
        finally:
            path(home).unlink(missing_ok=True)
            nats.stop()
            postgres.stop()


def noted(postgres: Postgres, nats: Nats) -> Runtime:
    """Write down where both servers are."""
    return Runtime(
        database_url=postgres.url,
        nats_url=nats.url,
        handle_key=secrets.kept(postgres.directory).handle_key,
        started_at=clock.now().isoformat(),
        database_url_tcp=postgres.url_tcp,
        nats_monitor=nats.monitor,
        pids={server.name: server.process.pid for server in (postgres, nats) if server.process},
    )
