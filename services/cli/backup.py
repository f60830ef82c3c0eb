"""Keeps all that attune knows in one directory, and puts it back: Postgres, NATS' buckets, the embedded secrets."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nats.js.errors
from nats.js import JetStreamContext

from services.cli.status import lag, without_password
from shared.errors import Refused, Unavailable
from shared.plumbing import rights
from shared.plumbing.buckets import made as made_bucket
from shared.plumbing.embedded import files, servers
from shared.plumbing.embedded.postgres import PROGRAMS
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.jetstream import connected
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import Settings, left_open

PACKAGE = "services.cli"
DATABASE, BUCKETS, ABOUT = "database.dump", "buckets.json", "backup.json"
KEPT = ("secrets.json", "nats/sources.json")
"""Files of the embedded servers: the handle key with the servers' passwords, and the sources' hashed passwords."""
BUCKET_PREFIX = "KV_"


async def backup(chosen: Settings, to: Path, at: datetime) -> dict[str, Any]:
    """Write all into `to`, which appears only when it is whole; return what it says about itself."""
    draft = begun(to)
    run("pg_dump", chosen, "--format=custom", "--no-owner", "--file", str(draft / DATABASE))
    # After the database: what a bucket remembers too much costs nothing.
    async with connected(chosen.nats_url.get_secret_value(), "backup") as jetstream:
        files.write_secret(draft / BUCKETS, json.dumps(await buckets(jetstream)))
    about = {
        "made_at": at.isoformat(),
        "attune": version("attune"),
        "touchpoints": await counted(chosen),
        "waiting": {name: waiting or 0 for name, waiting in (await lag(chosen.nats_url.get_secret_value())).items()},
        "files": list(copied(chosen.directory, draft)),
    }
    files.write_secret(draft / ABOUT, json.dumps(about, indent=2))
    draft.rename(to)
    return about


def begun(to: Path) -> Path:
    """Make the directory in which a backup lies until it is whole; one that was cut short gives way."""
    if to.exists():
        raise Refused(f"{to}: is there already; name a directory that is not, so that no backup is overwritten")
    draft = to.absolute().parent / f".{to.name}.unfinished"
    shutil.rmtree(draft, ignore_errors=True)
    return servers.made(draft)


async def restore(chosen: Settings, source: Path) -> dict[str, Any]:
    """Put a backup into servers that hold nothing yet; return what the backup says about itself."""
    about: dict[str, Any] = read(source)
    async with session(chosen.database_url.get_secret_value(), "restore") as connection:
        if await connection.fetchval(query(PACKAGE, "is_used")):
            raise Refused("the database holds an attune already: restore into an empty one, or into an empty directory")
        await connection.execute(query(PACKAGE, "reader"))
        await rights.make(connection, rights.roles())
    run("pg_restore", chosen, "--exit-on-error", "--single-transaction", "--no-owner", str(source / DATABASE))
    async with session(chosen.database_url.get_secret_value(), "restore") as connection:
        await connection.execute("analyze")
    async with connected(chosen.nats_url.get_secret_value(), "restore") as jetstream:
        await refill(jetstream, json.loads((source / BUCKETS).read_text()))
    return about


def read(source: Path) -> dict[str, Any]:
    """Return what a backup says about itself, refusing what is none."""
    try:
        about: dict[str, Any] = json.loads((source / ABOUT).read_text())
    except (OSError, ValueError):
        raise Refused(f"{source}: is no backup (it has no readable {ABOUT}); `attune backup` makes one") from None
    if missing := [name for name in (DATABASE, BUCKETS, *about["files"]) if not (source / name).is_file()]:
        raise Refused(f"{source}: is not whole, {missing[0]} is missing")
    return about


@contextmanager
def opened(chosen: Settings, source: Path) -> Iterator[Settings]:
    """Return settings with every server up; embedded ones run while the block lasts, on the secrets of the backup."""
    if not chosen.is_embedded:
        yield chosen
        return
    if Runtime.read(chosen.directory):
        raise Refused(f"attune runs in {chosen.directory}: stop it, and name an empty directory by ATTUNE_DIRECTORY")
    home = servers.made(chosen.directory)
    if (home / "postgres").exists() or (home / "secrets.json").exists():
        raise Refused(f"{home}: holds an attune already; name an empty directory by ATTUNE_DIRECTORY")
    list(copied(source, home))
    with servers.running(home, chosen.nats_sync_interval) as runtime:
        yield chosen.model_copy(update=left_open(chosen, runtime))


def copied(source: Path, to: Path) -> Iterator[str]:
    """Copy the files of the embedded servers that are there, and name them."""
    for name in KEPT:
        if (source / name).is_file():
            (to / name).parent.mkdir(mode=0o700, exist_ok=True)
            files.write_secret(to / name, (source / name).read_text())
            yield name


def run(program: str, chosen: Settings, *options: str) -> None:
    """Run one of Postgres' programs; the password goes by the environment, which no process list shows."""
    url = chosen.database_url.get_secret_value()
    parts = urlsplit(url)
    password = parts.password or next(iter(parse_qs(parts.query).get("password", [])), "")
    done = subprocess.run(  # noqa: S603 -- Postgres' own program
        [found(program), "--no-password", "--dbname", without_password(url), *options],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"{program} ended with: {done.stderr.strip()}")


def found(program: str) -> str:
    """Return the embedded server's own program, or the one on the PATH."""
    ours = PROGRAMS / program
    theirs = shutil.which(program)
    if ours.is_file():
        return str(ours)
    if theirs is None:
        raise Refused(f"{program} is not installed: it comes with the client programs of PostgreSQL 18")
    return theirs


async def counted(chosen: Settings) -> int:
    """Return how many touchpoints there are."""
    async with session(chosen.database_url.get_secret_value(), "backup") as connection:
        return int(await connection.fetchval(query(PACKAGE, "count_touchpoints")))


async def buckets(jetstream: JetStreamContext) -> dict[str, dict[str, str]]:
    """Return every key-value bucket with its entries, in base64: sources, lists, what calendars brought."""
    names = [info.config.name or "" for info in await jetstream.streams_info()]
    return {
        name.removeprefix(BUCKET_PREFIX): {key: value async for key, value in entries(jetstream, name)}
        for name in names
        if name.startswith(BUCKET_PREFIX)
    }


async def entries(jetstream: JetStreamContext, stream: str) -> AsyncIterator[tuple[str, str]]:
    """Yield the keys and values of one bucket."""
    bucket = await jetstream.key_value(stream.removeprefix(BUCKET_PREFIX))
    try:
        keys = await bucket.keys()
    except nats.js.errors.NoKeysError:
        return
    for key in keys:
        yield key, base64.b64encode((await bucket.get(key)).value or b"").decode()


async def refill(jetstream: JetStreamContext, kept: dict[str, dict[str, str]]) -> None:
    """Make the buckets and put their entries back."""
    for name, content in kept.items():
        bucket = await made_bucket(jetstream, name)
        for key, value in content.items():
            await bucket.put(key, base64.b64decode(value))
