"""Users, their sessions and tokens, and the audit, in Postgres."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson

from services.console import secret
from services.console.visitor import Role, Visitor, visitor
from shared.errors import Refused
from shared.plumbing.queries import query
from shared.plumbing.signin_link import digest, made

PACKAGE = "services.console"
SESSION_FOR = timedelta(days=7)
"""However busy, then one signs in again."""
IDLE_FOR = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)
"""A session's row is written no more often than this."""
NAME_MAX = 200
TOKEN_MAX = 2**31 - 1


async def add_user(
    connection: Any,
    name: str,
    role: Role,
    now: datetime,
    *,
    initiatives: Sequence[str] | None = None,
    password: str | None = None,
    identity: str | None = None,
) -> int:
    """Add a user and return their id; raise Refused when the name is taken or no name."""
    if not name.strip() or len(name) > NAME_MAX or not name.isprintable():
        raise Refused(f"name: must be 1 to {NAME_MAX} printable characters")
    await check_limits(connection, role, initiatives)
    try:
        user_id: int = await connection.fetchval(
            query(PACKAGE, "add_user"),
            name,
            role.value,
            None if initiatives is None else list(initiatives),
            None if password is None else secret.hashed(password),
            identity,
            now,
        )
    except asyncpg.UniqueViolationError:
        raise Refused(f"name: {name!r} — is a user already: `attune console enable` and `change`") from None
    return user_id


async def check_limits(connection: Any, role: Role, initiatives: Sequence[str] | None) -> None:
    """Raise Refused where a user cannot be limited so."""
    if initiatives is None:
        return
    if role is Role.ADMIN:
        raise Refused("role: an admin sees every initiative: who says who may sign in could lift any limit")
    known = {row["initiative"] for row in await connection.fetch("select initiative from roster.initiatives")}
    if unknown := sorted(set(initiatives) - known):
        raise Refused(f"initiative: {unknown[0]!r} — there is none of that name; there are {', '.join(sorted(known))}")


async def set_password(connection: Any, name: str, password: str) -> None:
    """Give a user another password; whatever opened the console for them so far opens it no more."""
    found = await connection.fetchval(
        "update console.users set password_hash = $2 where name = $1 returning user_id", name, secret.hashed(password)
    )
    if found is None:
        raise Refused(f"name: {name!r} — is no user")
    await _shut_out(connection, found)


async def change_password(connection: Any, user_id: int, stored: str, hashed: str) -> bool:
    """Give a user another password than the stored one and end their sessions; tell whether it still was that one."""
    return await connection.fetchval(query(PACKAGE, "change_password"), user_id, stored, hashed) is not None


async def disable(connection: Any, name: str, now: datetime) -> None:
    """Let a user in no more; sessions and tokens end at once."""
    found = await connection.fetchval(
        "update console.users set disabled_at = $2 where name = $1 and disabled_at is null returning user_id", name, now
    )
    if found is None:
        raise Refused(f"name: {name!r} — is no user who may sign in")
    await _shut_out(connection, found)


async def _shut_out(connection: Any, user_id: int) -> None:
    await connection.execute("delete from console.sessions where user_id = $1", user_id)
    await connection.execute("delete from console.tokens where user_id = $1", user_id)


async def enable(connection: Any, name: str) -> None:
    """Let a user in again who was let in no more, by the password or provider they had."""
    found = await connection.fetchval(query(PACKAGE, "enable_user"), name)
    if found is None:
        raise Refused(f"name: {name!r} — is no user who was disabled")


async def change(connection: Any, name: str, role: Role, initiatives: Sequence[str] | None) -> None:
    """Give a user another role or other limits, from their next request on."""
    await check_limits(connection, role, initiatives)
    found = await connection.fetchval(
        query(PACKAGE, "change_user"), name, role.value, None if initiatives is None else list(initiatives)
    )
    if found is None:
        raise Refused(f"name: {name!r} — is no user")


async def users(connection: Any) -> list[dict[str, Any]]:
    """Return every user, without secrets."""
    return [dict(row) for row in await connection.fetch(query(PACKAGE, "users"))]


async def grant(connection: Any, user_id: int, use: str, now: datetime, span: timedelta | None, label: str = "") -> str:
    """Return a new token that stands for the user; it is not shown again."""
    token = made()
    await connection.execute(
        query(PACKAGE, "grant"),
        digest(token),
        user_id,
        use,
        label,
        now,
        None if span is None else now + span,
    )
    return token


async def tokens(connection: Any, now: datetime, name: str | None = None) -> list[dict[str, Any]]:
    """Return the tokens that programs hold, run out or not, and the links that still sign somebody in; no secrets."""
    return [dict(row) for row in await connection.fetch(query(PACKAGE, "tokens"), name, now)]


async def revoke(connection: Any, number: int) -> str:
    """Let one token open nothing any more, and return whose it was; raise Refused where there is none."""
    name: str | None = None
    if 0 < number <= TOKEN_MAX:
        name = await connection.fetchval(query(PACKAGE, "revoke"), number)
    if name is None:
        raise Refused(f"number: {number} — there is no such token: see `attune console tokens`")
    return name


async def of_token(connection: Any, token: str, use: str, now: datetime) -> Visitor | None:
    """Return whom the token stands for; one for signing in is used up by that."""
    row = await connection.fetchrow(query(PACKAGE, "token"), digest(token), now, use)
    return visitor(**row) if row else None


async def of_name(connection: Any, name: str) -> tuple[Visitor, str | None] | None:
    """Return the user with this name and the hash of their password, if they may sign in."""
    row = await connection.fetchrow(query(PACKAGE, "user_of_name"), name)
    return (
        (visitor(row["user_id"], row["name"], row["role"], row["initiatives"]), row["password_hash"]) if row else None
    )


async def of_identity(connection: Any, identity: str) -> Visitor | None:
    """Return the user that an OpenID provider knows by this identity."""
    row = await connection.fetchrow(query(PACKAGE, "user_of_identity"), identity)
    return visitor(**row) if row else None


async def begin_session(connection: Any, user_id: int, now: datetime) -> str:
    """Return the secret of a new session; what ran out meanwhile is cleared away."""
    session = made()
    await connection.execute("delete from console.sessions where expires_at < $1", now)
    await connection.execute(
        "insert into console.sessions (digest, user_id, begun_at, seen_at, expires_at) values ($1, $2, $3, $3, $4)",
        digest(session),
        user_id,
        now,
        now + SESSION_FOR,
    )
    return session


async def of_session(connection: Any, session: str, now: datetime) -> Visitor | None:
    """Return who holds the session, and note that they were seen."""
    known_by = digest(session)
    row = await connection.fetchrow(query(PACKAGE, "session"), known_by, now, IDLE_FOR)
    if row is None:
        return None
    if now - row["seen_at"] > SEEN_EVERY:
        await connection.execute("update console.sessions set seen_at = $2 where digest = $1", known_by, now)
    return visitor(row["user_id"], row["name"], row["role"], row["initiatives"], secret.csrf_of(session))


async def end_session(connection: Any, session: str) -> None:
    """Let the session open nothing any more."""
    await connection.execute("delete from console.sessions where digest = $1", digest(session))


async def audit(
    connection: Any,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    *,
    done: bool = True,
    address: str | None = None,
    **details: Any,
) -> None:
    """Keep what was done, or refused; `details` name no stakeholder."""
    told = orjson.dumps(details, default=str).decode()
    outcome = "done" if done else "refused"
    await connection.execute(query(PACKAGE, "audit"), now, actor[:NAME_MAX], action, subject, outcome, told, address)


async def audited(connection: Any, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Return what was audited, the latest first, from before a number on."""
    return [dict(row) for row in await connection.fetch(query(PACKAGE, "audited"), before, limit)]


async def invited(connection: Any, email: str, identity: str) -> Visitor | None:
    """Return the user whom an admin has added by this address, known by the identity from now on."""
    row = await connection.fetchrow(query(PACKAGE, "invited"), email, identity)
    return visitor(**row) if row else None
