"""The address that signs the owner of this machine in to the console, once: `attune run` prints it."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

LINK_FOR = timedelta(hours=1)


def made() -> str:
    """Return a secret nobody can guess."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret: it is random and long, so that one round of SHA-256 hides it."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def signin_link(connection: Any, console_url: str, now: datetime) -> str:
    """Return a new address that works once, within the hour."""
    token = made()
    await connection.execute("select console.open_link($1, $2, $3)", digest(token), now, now + LINK_FOR)
    return f"{console_url.rstrip('/')}/signin/link?token={token}"
