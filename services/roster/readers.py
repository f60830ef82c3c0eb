"""Logins of Postgres for people who query: of everything, or of some initiatives only."""

import re
import secrets
from collections.abc import Sequence
from typing import Any

import asyncpg

from services.roster.store import PACKAGE
from shared.errors import Refused
from shared.plumbing.queries import query

NAME = re.compile(r"(?!pg_|attune)[a-z_][a-z0-9_]{0,62}")
PASSWORD_BYTES = 24


async def add(connection: Any, name: str, initiatives: Sequence[str]) -> str:
    """Make a login that reads these initiatives, or all where none is named; return its password."""
    if not NAME.fullmatch(name):
        raise Refused(f"name: {name!r} — use a to z, digits and _, at most 63, beginning with neither pg_ nor attune")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    async with connection.transaction():
        await _check(connection, initiatives)
        try:
            await connection.execute(
                await connection.fetchval(query(PACKAGE, "reader_add"), name, password, initiatives)
            )
        except asyncpg.DuplicateObjectError:
            raise Refused(f"name: {name!r} — is a role of this Postgres already; take another name") from None
        except asyncpg.InsufficientPrivilegeError as error:
            raise Refused(f"the role of ATTUNE_DATABASE_URL may not make logins ({error}): ask its owner") from None
        await connection.execute(query(PACKAGE, "reader_limit"), name, initiatives)
    return password


async def remove(connection: Any, name: str) -> None:
    """Take a login away that `add` made."""
    if name not in {reader["name"] for reader in await readers(connection)}:
        raise Refused(f"name: {name!r} — is no reader; `attune reader list` has them")
    async with connection.transaction():
        await connection.execute(query(PACKAGE, "reader_unlimit"), name)
        try:
            await connection.execute(await connection.fetchval(query(PACKAGE, "reader_remove"), name))
        except asyncpg.DependentObjectsStillExistError as error:
            raise Refused(f"{name} owns something in this Postgres ({error.detail}): drop that first") from None


async def readers(connection: Any) -> list[dict[str, Any]]:
    """Return who may log in and read, with the initiatives of those who read some only."""
    return [dict(row) for row in await connection.fetch(query(PACKAGE, "readers"))]


async def _check(connection: Any, initiatives: Sequence[str]) -> None:
    known = {row["initiative"] for row in await connection.fetch(query(PACKAGE, "initiatives"))}
    if unknown := [initiative for initiative in initiatives if initiative not in known]:
        raise Refused(
            f"initiative: {unknown[0]!r} — is on no roster; there are: {', '.join(sorted(known)) or 'none yet'}"
        )
