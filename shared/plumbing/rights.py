"""What each service may do in Postgres: one role per service, granted what its file says, and nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import asyncpg

from shared.errors import Refused
from shared.plumbing.queries import query

PACKAGE = "shared.plumbing"
ROLES = Path(__file__).parent / "migrations" / "roles"


class Role(NamedTuple):
    """The role of one service, with the statements that grant it what it may do."""

    name: str
    grants: str


def roles(directory: Path = ROLES) -> list[Role]:
    """Return what the files say, each called like its role."""
    return [Role(path.stem, path.read_text()) for path in sorted(directory.glob("*.sql"))]


async def make(connection: Any, wanted: Sequence[Role]) -> None:
    """Make every role that is not there, as a dump asks for that holds their rights."""
    for role in wanted:
        await _made(connection, role.name)


async def decide(connection: Any, wanted: Sequence[Role]) -> list[str]:
    """Bring the rights of every role up to its file, however they were; return the roles that this login may not grant.

    Services of such a role keep the rights of their login.
    """
    return [role.name for role in wanted if not await _decided(connection, role)]


async def _decided(connection: Any, role: Role) -> bool:
    try:
        await _made(connection, role.name)
        async with connection.transaction():
            # As one: a service at work never finds its rights taken away and not yet given back.
            await connection.execute(await connection.fetchval(query(PACKAGE, "role_bare"), role.name))
            await connection.execute(role.grants)
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


async def _made(connection: Any, role: str) -> None:
    statement = await connection.fetchval(query(PACKAGE, "role_made"), role)
    if statement is None:
        return
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        pass  # another database of this server made it a moment ago


async def admit(connection: Any, service: str, url: str) -> str:
    """Make the login that an address names, for that service alone; one that is there gets the address' password.

    Returns the login's name; raises Refused where it cannot be one.
    """
    address, role = urlsplit(url), f"attune_{service}"
    name, password = unquote(address.username or ""), unquote(address.password or "")
    if not name or not password:
        raise Refused(f"login: {service} — its address must be postgresql://user:password@…, with both")
    known = await connection.fetchrow(query(PACKAGE, "login_known"), name, role)
    if known is None:
        raise Refused(f"login: {service} — is no service with a role in Postgres; `attune migrate` says why not")
    if known["is_taken"]:
        raise Refused(f"login: {service} — {name!r} is another role of this Postgres; take another name")
    try:
        await connection.execute(
            await connection.fetchval(query(PACKAGE, "login_made"), name, password, role, known["is_ours"])
        )
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(f"the role of ATTUNE_DATABASE_URL may not make logins ({error}): ask its owner") from None
    return name
