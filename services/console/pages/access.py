"""Access, for admins: who may sign in and do what, and who did what."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from services.console import accounts, admitting
from services.console.gate import AdminOf, Connection, address_of
from services.console.render import page
from services.console.visitor import Role, Visitor
from shared.plumbing import clock

router = APIRouter()

AUDIT_PAGE = 50
Name = Annotated[str, Form(max_length=accounts.NAME_MAX)]


def limits(initiatives: Annotated[str, Form(max_length=2000)] = "") -> list[str] | None:
    """Return what the form limits a user to; None where it is left empty."""
    return [word.strip() for word in initiatives.split(",") if word.strip()] or None


LimitsOf = Annotated[list[str] | None, Depends(limits)]


@router.get("/access")
async def access(
    connection: Connection, visitor: AdminOf, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """Show who may sign in, and the audit."""
    return await _access(connection, visitor, before)


@router.post("/access/users")
async def add(
    request: Request,
    connection: Connection,
    visitor: AdminOf,
    initiatives: LimitsOf,
    name: Name = "",
    role: Annotated[Role, Form()] = Role.VIEWER,
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Add a user."""
    now, address = clock.now(), address_of(request)
    await admitting.add(connection, visitor, name.strip(), role, initiatives, password or None, now, address)
    return RedirectResponse("/access", 303)


@router.post("/access/users/change")
async def change(
    request: Request,
    connection: Connection,
    visitor: AdminOf,
    initiatives: LimitsOf,
    role: Annotated[Role, Form()],
    name: Name = "",
) -> Response:
    """Give a user another role and other limits."""
    await admitting.change(connection, visitor, name, role, initiatives, clock.now(), address_of(request))
    return RedirectResponse("/access", 303)


@router.post("/access/users/disable")
async def disable(request: Request, connection: Connection, visitor: AdminOf, name: Name = "") -> Response:
    """Let a user in no more."""
    await admitting.disable(connection, visitor, name, clock.now(), address_of(request))
    return RedirectResponse("/access", 303)


@router.post("/access/users/enable")
async def enable(request: Request, connection: Connection, visitor: AdminOf, name: Name = "") -> Response:
    """Let a user in again."""
    await admitting.enable(connection, visitor, name, clock.now(), address_of(request))
    return RedirectResponse("/access", 303)


@router.post("/access/tokens/{number}/revoke")
async def revoke(
    request: Request,
    connection: Connection,
    visitor: AdminOf,
    number: Annotated[int, Path(ge=1, le=accounts.TOKEN_MAX)],
) -> Response:
    """Let one token open nothing any more."""
    await admitting.revoke(connection, visitor, number, clock.now(), address_of(request))
    return RedirectResponse("/access", 303)


async def _access(connection: Any, visitor: Visitor, before: int | None) -> Response:
    audit = await accounts.audited(connection, before, AUDIT_PAGE + 1)
    return page(
        "access.html",
        visitor=visitor,
        nav="access",
        users=await accounts.users(connection),
        tokens=await accounts.tokens(connection, clock.now()),
        roles=list(Role),
        audit=[row | {"details": _told(row["details"])} for row in audit[:AUDIT_PAGE]],
        older=audit[AUDIT_PAGE - 1]["number"] if len(audit) > AUDIT_PAGE else None,
    )


def _told(details: dict[str, Any]) -> str:
    facts = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in details.items()}
    return ", ".join(f"{name}: {fact}" for name, fact in facts.items() if fact not in {"null", "[]"})
