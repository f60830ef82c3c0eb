"""Access, for admins: who may sign in and do what, and who did what."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from services.console import accounts, admitting
from services.console.api.documents import Audit, Named, ToAdd, ToChange, Token, User
from services.console.gate import AdminOf, Connection, address_of
from services.console.listing import PAGE, PAGE_MAX
from shared.plumbing import clock

router = APIRouter(tags=["access"])


@router.get("/users", response_model=list[User])
async def users(connection: Connection, visitor: AdminOf) -> Any:
    """List who may sign in, or might once."""
    del visitor
    return await accounts.users(connection)


@router.post("/users", response_model=User, status_code=HTTPStatus.CREATED)
async def add(request: Request, to_add: ToAdd, connection: Connection, visitor: AdminOf) -> Any:
    """Let somebody sign in."""
    now, address, name = clock.now(), address_of(request), to_add.name.strip()
    await admitting.add(
        connection, visitor, name, to_add.role, to_add.initiatives, to_add.password or None, now, address
    )
    return await _user(connection, name)


@router.post("/users/change", response_model=User)
async def change(request: Request, to_change: ToChange, connection: Connection, visitor: AdminOf) -> Any:
    """Give somebody else another role and other limits, from their next request on."""
    now, address = clock.now(), address_of(request)
    await admitting.change(connection, visitor, to_change.name, to_change.role, to_change.initiatives, now, address)
    return await _user(connection, to_change.name)


@router.post("/users/disable", response_model=User)
async def disable(request: Request, whom: Named, connection: Connection, visitor: AdminOf) -> Any:
    """Let somebody else in no more; their sessions and tokens end at once."""
    await admitting.disable(connection, visitor, whom.name, clock.now(), address_of(request))
    return await _user(connection, whom.name)


@router.post("/users/enable", response_model=User)
async def enable(request: Request, whom: Named, connection: Connection, visitor: AdminOf) -> Any:
    """Let somebody in again, by the password or provider they had."""
    await admitting.enable(connection, visitor, whom.name, clock.now(), address_of(request))
    return await _user(connection, whom.name)


@router.get("/tokens", response_model=list[Token])
async def tokens(connection: Connection, visitor: AdminOf) -> Any:
    """List the tokens of programs, and the links that were not used yet."""
    del visitor
    return await accounts.tokens(connection, clock.now())


@router.post("/tokens/{number}/revoke", status_code=HTTPStatus.NO_CONTENT)
async def revoke(
    request: Request,
    number: Annotated[int, Path(ge=1, le=accounts.TOKEN_MAX)],
    connection: Connection,
    visitor: AdminOf,
) -> None:
    """Let one token open nothing any more, at once."""
    await admitting.revoke(connection, visitor, number, clock.now(), address_of(request))


@router.get("/audit", response_model=Audit)
async def audit(
    connection: Connection,
    visitor: AdminOf,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> Any:
    """List what was done and refused, the latest first."""
    del visitor
    found = await accounts.audited(connection, before, limit + 1)
    return {"items": found[:limit], "next": found[limit - 1]["number"] if len(found) > limit else None}


async def _user(connection: Any, name: str) -> dict[str, Any]:
    return next(row for row in await accounts.users(connection) if row["name"] == name)
