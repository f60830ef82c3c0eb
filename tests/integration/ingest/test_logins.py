"""Services of a team: each reaches Postgres by a login of its own, and ingest does not reach it at all."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.plumbing.embedded import ports
from tests.house import House, is_ready, until

LOGINS = ("projector", "alerts", "console")


def own(attune: House, service: str) -> str:
    """Return the address of the database for a login called like its service."""
    address = urlsplit(attune.runtime.database_url_tcp)
    return address._replace(netloc=f"{service}:drawn-for-{service}@{address.netloc.rpartition('@')[2]}").geturl()


@contextmanager
def started(attune: House, service: str, database: dict[str, str], home: Path) -> Iterator[str]:
    """Run one more of a service, which is told only what it needs; yield its address."""
    address = f"127.0.0.1:{ports.free()}"
    told = {
        f"ATTUNE_{service.upper()}_HTTP": address,
        "ATTUNE_DIRECTORY": str(home),
        "ATTUNE_NATS_URL": attune.runtime.nats_url,
        "ATTUNE_HANDLE_KEY": attune.runtime.handle_key,
    }
    process = subprocess.Popen([sys.executable, "-m", f"services.{service}"], env={**os.environ, **told, **database})
    try:
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def logins(attune: House, tmp_path: Path) -> dict[str, str]:
    """What each service is told of the database, its login made."""
    files = {service: tmp_path / service for service in LOGINS}
    for service, path in files.items():
        path.write_text(own(attune, service))
    attune.attune("migrate", *(f"--login={service}={path}" for service, path in files.items()))
    return {service: str(path) for service, path in files.items()}


async def test_each_service_works_by_a_login_of_its_own_and_ingest_by_none(
    attune: House, logins: dict[str, str], tmp_path: Path
) -> None:
    database = await attune.postgres()
    with (
        started(attune, "projector", {"ATTUNE_DATABASE_URL_FILE": logins["projector"]}, tmp_path) as projector,
        started(attune, "alerts", {"ATTUNE_DATABASE_URL_FILE": logins["alerts"]}, tmp_path) as alerts,
        started(attune, "console", {"ATTUNE_DATABASE_URL_FILE": logins["console"]}, tmp_path) as console,
        started(attune, "ingest", {}, tmp_path) as ingest,
    ):
        for address in (projector, alerts, console, ingest):
            await until(lambda address=address: is_ready(address))  # type: ignore[misc]
        found = await database.fetch(
            "select distinct application_name, usename::text from pg_stat_activity where usename = any($1)", LOGINS
        )
    await database.close()

    assert {tuple(row) for row in found} == {(f"attune-{service}", service) for service in LOGINS}
