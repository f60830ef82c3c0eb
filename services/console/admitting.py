"""Who may sign in: allowed, done and audited in one transaction; for pages and API alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.console import accounts
from services.console.visitor import Role, Visitor
from shared.errors import Refused

Limits = Sequence[str] | None


async def add(
    connection: Any,
    visitor: Visitor,
    name: str,
    role: Role,
    initiatives: Limits,
    password: str | None,
    now: datetime,
    address: str,
) -> None:
    """Add a user; raise Refused when the name is taken or the password is too short."""
    async with connection.transaction():
        await accounts.add_user(connection, name, role, now, initiatives=initiatives, password=password)
        await _audit(connection, visitor, "add user", name, now, address, role=role, initiatives=initiatives)


async def change(
    connection: Any, visitor: Visitor, name: str, role: Role, initiatives: Limits, now: datetime, address: str
) -> None:
    """Give a user another role and other limits; raise Refused where it is the visitor, or nobody."""
    _check_other(name, visitor)
    async with connection.transaction():
        await accounts.change(connection, name, role, initiatives)
        await _audit(connection, visitor, "change user", name, now, address, role=role, initiatives=initiatives)


async def disable(connection: Any, visitor: Visitor, name: str, now: datetime, address: str) -> None:
    """Let a user in no more; raise Refused where it is the visitor, or nobody who may sign in."""
    _check_other(name, visitor)
    async with connection.transaction():
        await accounts.disable(connection, name, now)
        await _audit(connection, visitor, "disable user", name, now, address)


async def enable(connection: Any, visitor: Visitor, name: str, now: datetime, address: str) -> None:
    """Let a user in again; raise Refused where nobody of that name was disabled."""
    async with connection.transaction():
        await accounts.enable(connection, name)
        await _audit(connection, visitor, "enable user", name, now, address)


async def revoke(connection: Any, visitor: Visitor, number: int, now: datetime, address: str) -> None:
    """Let one token open nothing any more; raise Refused where there is none."""
    async with connection.transaction():
        name = await accounts.revoke(connection, number)
        await _audit(connection, visitor, "revoke token", name, now, address, number=number)


def _check_other(name: str, visitor: Visitor) -> None:
    if name == visitor.name:
        raise Refused("name: is yourself; let another admin do that")


async def _audit(
    connection: Any, visitor: Visitor, action: str, name: str, now: datetime, address: str, **details: Any
) -> None:
    await accounts.audit(connection, now, visitor.name, action, name, address=address, **details)
