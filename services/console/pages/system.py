"""System: how far everything has come, by which rules, and for admins who may do what and did what."""

from importlib.metadata import version
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.console import accounts, difference, store
from services.console.gate import AdminOf, Connection, MeansOf, WholeOf, address_of
from services.console.means import AWAY, Means
from services.console.render import page
from services.console.visitor import Role, Visitor
from shared.errors import Refused, Unavailable
from shared.plumbing import clock
from shared.plumbing.jetstream import CONSUMERS

router = APIRouter()

AUDIT_PAGE = 50


@router.get("/system")
async def system(connection: Connection, means: MeansOf, visitor: WholeOf) -> Response:
    """Show lag, versions and the model in force."""
    models = await store.rows(connection, "models")
    in_force = next((at for at, model in enumerate(models) if model["is_in_force"]), None)
    return page(
        "system.html",
        visitor=visitor,
        nav="system",
        lag=await lag(means),
        server=await store.one(connection, "server"),
        sources=await store.rows(connection, "sources"),
        version=version("attune"),
        model=None if in_force is None else models[in_force],
        before=None if in_force is None or in_force + 1 >= len(models) else models[in_force + 1],
        changes=[] if in_force is None else difference.between(models[in_force + 1 :][:1], models[in_force]),
        builds=await store.rows(connection, "builds"),
    )


async def lag(means: Means) -> dict[str, Any] | None:
    """Return per service how many messages wait, and what NATS is; None while it does not answer."""
    try:
        jetstream = means.jetstream()
        infos = {name: await jetstream.consumer_info(stream, name) for stream, name in _consumers()}
    except (Unavailable, *AWAY):
        return None
    server = means.nats.connected_server_version if means.nats else None
    waiting = {name: (info.num_pending or 0) + (info.num_ack_pending or 0) for name, info in infos.items()}
    return {"waiting": waiting, "version": str(server)}


def _consumers() -> list[tuple[str, str]]:
    return [(stream, str(config.durable_name)) for stream, config in CONSUMERS.items()]


@router.get("/access")
async def access(
    connection: Connection, visitor: AdminOf, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """Show who may sign in, and the audit."""
    return await _access(connection, visitor, before)


@router.post("/access/users")
async def add_user(
    request: Request,
    connection: Connection,
    visitor: AdminOf,
    name: Annotated[str, Form(max_length=accounts.NAME_MAX)] = "",
    role: Annotated[str, Form(max_length=20)] = "viewer",
    password: Annotated[str, Form(max_length=1000)] = "",
    initiatives: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Add a user."""
    now = clock.now()
    limited = [word.strip() for word in initiatives.split(",") if word.strip()]
    if role not in list(Role):
        raise Refused(f"role: {role!r} — must be one of {', '.join(Role)}")
    async with connection.transaction():
        await accounts.add_user(
            connection, name.strip(), Role(role), now, initiatives=limited or None, password=password or None
        )
        await accounts.audit(
            connection,
            now,
            visitor.name,
            "add user",
            name.strip(),
            address=address_of(request),
            role=role,
            initiatives=limited,
        )
    return RedirectResponse("/access", 303)


@router.post("/access/users/disable")
async def disable(
    request: Request,
    connection: Connection,
    visitor: AdminOf,
    name: Annotated[str, Form(max_length=accounts.NAME_MAX)] = "",
) -> Response:
    """Let a user in no more."""
    if name == visitor.name:
        raise Refused("name: is yourself; let another admin do that")
    now = clock.now()
    async with connection.transaction():
        await accounts.disable(connection, name, now)
        await accounts.audit(connection, now, visitor.name, "disable user", name, address=address_of(request))
    return RedirectResponse("/access", 303)


async def _access(connection: Any, visitor: Visitor, before: int | None) -> Response:
    audit = await accounts.audited(connection, before, AUDIT_PAGE + 1)
    return page(
        "access.html",
        visitor=visitor,
        nav="access",
        users=await accounts.users(connection),
        roles=list(Role),
        audit=[row | {"details": _told(row["details"])} for row in audit[:AUDIT_PAGE]],
        older=audit[AUDIT_PAGE - 1]["number"] if len(audit) > AUDIT_PAGE else None,
    )


def _told(details: dict[str, Any]) -> str:
    facts = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in details.items()}
    return ", ".join(f"{name}: {fact}" for name, fact in facts.items() if fact not in {"null", "[]"})
