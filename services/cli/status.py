"""Where everything is and how far it has come."""

from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import asyncpg
import nats
import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.errors import Unavailable
from shared.plumbing import nats_address
from shared.plumbing.settings import Settings

CONSUMERS = {"ingest": "INTAKE", "projector": "ACCEPTED"}
SECRETS = frozenset({"password", "passfile", "sslpassword"})
COUNTS = ("touchpoints", "relationships", "open_alerts")


async def status(chosen: Settings) -> dict[str, Any]:
    """Return addresses without passwords, what waits to be taken, and what there is."""
    return {
        "database_url": without_password(chosen.database_url.get_secret_value()),
        "nats_url": without_password(chosen.nats_url.get_secret_value()),
        "http": {name: f"http://{getattr(chosen, f'{name}_http')}" for name in (*CONSUMERS, "alerts", "console")},
        "lag": await lag(chosen.nats_url.get_secret_value()),
        "counts": await counts(chosen.database_url.get_secret_value()),
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
    try:
        client = await nats.connect(
            **nats_address.read(nats_url)._asdict(), connect_timeout=3, max_reconnect_attempts=1, error_cb=overheard
        )
    except (OSError, nats.errors.Error) as error:
        raise Unavailable(f"NATS does not answer at {without_password(nats_url)}: {error}") from error
    try:
        jetstream = client.jetstream()
        return {name: await waiting(jetstream, stream, name) for name, stream in CONSUMERS.items()}
    finally:
        await client.close()


async def overheard(_: Exception) -> None:
    """Keep the client from logging each attempt: what counts is raised in the end."""


async def waiting(jetstream: JetStreamContext, stream: str, consumer: str) -> int | None:
    """Return how much one durable consumer has before it."""
    try:
        info = await jetstream.consumer_info(stream, consumer)
    except NotFoundError:
        return None
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def counts(database_url: str) -> dict[str, int | None]:
    """Return how much there is of what people ask for first."""
    try:
        connection = await asyncpg.connect(database_url, timeout=5)
    except OSError as error:
        raise Unavailable(f"Postgres does not answer at {without_password(database_url)}: {error}") from error
    try:
        return {name: await count(connection, name) for name in COUNTS}
    finally:
        await connection.close()


async def count(connection: asyncpg.Connection, name: str) -> int | None:
    """Count through the published views; None where this database does not have one yet."""
    statement = (files("services.cli") / "sql" / f"count_{name}.sql").read_text()
    try:
        found: int = await connection.fetchval(statement)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        return None
    return found
