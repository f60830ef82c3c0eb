"""Where everything is and how far it has come."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import asyncpg
import nats
import nats.errors

from shared.errors import Unavailable
from shared.plumbing import clock, nats_address
from shared.plumbing.backlog import Backlog, backlog
from shared.plumbing.queries import query
from shared.plumbing.settings import Settings

CONSUMERS = {"ingest": "INTAKE", "projector": "ACCEPTED"}
SECRETS = frozenset({"password", "passfile", "sslpassword"})
COUNTS = ("touchpoints", "relationships", "open_alerts")
GROUPS = ("bands", "drifts", "deliveries")


async def status(chosen: Settings) -> dict[str, Any]:
    """Return addresses without passwords, what waits to be taken, and what there is.

    `oldest` is the age in seconds of what waits longest, `taken` how many messages were taken ever, `bands` is a
    minute old at most, `deliveries` of the last day.
    """
    database_url, nats_url = chosen.database_url.get_secret_value(), chosen.nats_url.get_secret_value()
    return {
        "database_url": without_password(database_url),
        "nats_url": without_password(nats_url),
        "http": {name: f"http://{getattr(chosen, f'{name}_http')}" for name in (*CONSUMERS, "alerts", "console")},
        **await queues(nats_url),
        **await counts(database_url),
    }


def without_password(url: str) -> str:
    """Return an address that may be shown."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    rest = urlunsplit(parts._replace(scheme="", netloc="", query=shown(parts.query)))
    # Not urlunsplit as a whole: it makes `postgresql:/x` of `postgresql:///x`.
    start = f"{parts.scheme}://" if "://" in url else f"{parts.scheme}:" if parts.scheme else ""
    return f"{start}{name}@{host}{rest}" if name else f"{start}{host}{rest}"


def shown(query: str) -> str:
    """Return a query without its secrets, and otherwise as it was written."""
    return "&".join(part for part in query.split("&") if not is_secret(part))


def is_secret(part: str) -> bool:
    """Tell whether `key=value` gives a password away, however its key is escaped."""
    return any(key.lower() in SECRETS for key, _ in parse_qsl(part, keep_blank_values=True))


async def lag(nats_url: str) -> dict[str, int | None]:
    """Return how many messages each service has still to take or to finish; None before its first start."""
    return (await queues(nats_url))["lag"]


async def queues(nats_url: str) -> dict[str, dict[str, Any]]:
    """Return lag, oldest and taken of each service; None before its first start."""
    try:
        client = await nats.connect(
            **nats_address.options(nats_url), connect_timeout=3, max_reconnect_attempts=1, error_cb=overheard
        )
    except (OSError, nats.errors.Error) as error:
        raise Unavailable(f"NATS does not answer at {without_password(nats_url)}: {error}") from error
    try:
        jetstream = client.jetstream()
        found = {name: await backlog(jetstream, stream, name, clock.now()) for name, stream in CONSUMERS.items()}
    finally:
        await client.close()
    return {what: {name: getattr(its, what) for name, its in found.items()} for what in Backlog._fields}


async def overheard(_: Exception) -> None:
    """Keep the client from logging each attempt: what counts is raised in the end."""


async def counts(database_url: str) -> dict[str, Any]:
    """Return how much there is of what people ask for first."""
    try:
        connection = await asyncpg.connect(database_url, timeout=5)
    except OSError as error:
        raise Unavailable(f"Postgres does not answer at {without_password(database_url)}: {error}") from error
    try:
        groups = {name: await grouped(connection, name) for name in GROUPS}
        return {"counts": {name: await count(connection, name) for name in COUNTS}, **groups}
    finally:
        await connection.close()


async def count(connection: asyncpg.Connection, name: str) -> int | None:
    """Count through the published views; None where this database does not have one yet."""
    try:
        found: int = await connection.fetchval(query("services.cli", f"count_{name}"))
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        return None
    return found


async def grouped(connection: asyncpg.Connection, name: str) -> dict[str, int]:
    """Count by what the rows say; nothing where this database does not have them yet."""
    try:
        return {row["name"]: row["count"] for row in await connection.fetch(query("services.cli", name))}
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError):
        return {}
