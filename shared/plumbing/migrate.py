"""Bring a database forward, file by file; what was applied is never edited and never undone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import asyncpg

from shared.errors import Refused, Unavailable
from shared.plumbing import rights

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK_WITHIN = "2s"
"""Whoever wants a table after us waits behind us: better let them pass, and try again."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between tries: half a minute in all."""
STATEMENT_WITHIN = "30min"

NOT_GRANTED = (
    "this login of Postgres may not make or grant %s: services keep all rights of the login they are given, "
    "until a database administrator makes these roles (docs/operations.md)"
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return what tells an edited file from the one that was applied."""
        return sha256(self.sql.encode()).hexdigest()


async def migrate(connection: asyncpg.Connection, directory: Path = MIGRATIONS) -> list[str]:
    """Apply what is new and return its names; of several starters one works and the others wait.

    Then every role of `directory/roles` gets the rights that its file says.
    """
    async with alone(connection):
        await connection.execute(statement("ledger"))
        applied = dict(await connection.fetch(statement("ledger_read")))
        due = pending(migrations(directory), applied)
        for migration in due:
            await apply(connection, migration)
        if undecided := await rights.decide(connection, rights.roles(directory / "roles")):
            log.warning(NOT_GRANTED, ", ".join(undecided))
    return [migration.name for migration in due]


def migrations(directory: Path) -> list[Migration]:
    """Return the files in their order."""
    return [Migration(path.name, path.read_text()) for path in sorted(directory.glob("*.sql"))]


def pending(known: list[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """Choose what is still to do, refusing a database whose past differs from ours."""
    if unknown := sorted(applied.keys() - {migration.name for migration in known}):
        raise Refused(f"the database is newer than this attune (it has {unknown[-1]}): update attune")
    for migration in known:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise Refused(
                f"{migration.name} was edited after this database applied it: restore the file, "
                "and write the change as a new migration"
            )
    due = [migration for migration in known if migration.name not in applied]
    last = max(applied, default="")
    if due and due[0].name < last:
        raise Refused(f"{due[0].name} comes before {last}, which this database already has: give it the next number")
    return due


async def apply(connection: asyncpg.Connection, migration: Migration) -> None:
    """Apply one file wholly or not at all; raise Unavailable when others hold what it needs again and again."""
    for pause in (*PAUSES, None):
        try:
            await _apply(connection, migration)
        except asyncpg.LockNotAvailableError:
            if pause is None:
                raise Unavailable(
                    f"{migration.name} waits for a table that somebody holds: end what has run for long "
                    "(pg_stat_activity), and start again. What came before it is applied"
                ) from None
            await asyncio.sleep(pause)
        except asyncpg.PostgresError as error:
            error.add_note(f"while applying {migration.name}")
            raise
        else:
            return


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(statement("patience"), LOCK_WITHIN, STATEMENT_WITHIN)
        await connection.execute(migration.sql)
        await connection.execute(statement("ledger_write"), migration.name, migration.checksum)


@asynccontextmanager
async def alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Keep other starters waiting; should we die, the server lets the next one in."""
    await connection.execute(statement("ledger_lock"))
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(statement("ledger_unlock"))


def statement(name: str) -> str:
    """Return one statement about the ledger."""
    return (files("shared.plumbing") / "sql" / f"{name}.sql").read_text()
