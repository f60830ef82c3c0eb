"""What `nats://user:password@one:4222,two:4222,three:4222` says: any number of servers that share one user.

`tls://…?ca=FILE` speaks TLS from the first byte. nats-py alone would ask the server whether it wants TLS, and whoever
sits between the two could answer no and be told the password.
"""

import ssl
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from shared.errors import Refused

ENCRYPTED = "tls"


class NatsAddress(NamedTuple):
    """Where a client goes and who it is.

    The user is no part of the servers' addresses: those that a client hears of only later, from the cluster itself,
    come without one, and it would knock there as nobody.
    """

    servers: list[str]
    user: str | None = None
    password: str | None = None


def read(url: str) -> NatsAddress:
    """Read the address; a user without a password is a token, and stays where it is."""
    parts = urlsplit(url)
    start, at, hosts = parts.netloc.rpartition("@")
    if parts.password is None:
        return NatsAddress([f"{parts.scheme}://{start}{at}{host.strip()}" for host in hosts.split(",")])
    servers = [f"{parts.scheme}://{host.strip()}" for host in hosts.split(",")]
    return NatsAddress(servers, parts.username, parts.password)


def options(url: str) -> dict[str, Any]:
    """Return what `nats.connect` is given; raise Refused where the file of the address' CA cannot be read."""
    return {**read(url)._asdict(), **encryption(url)}


def encryption(url: str) -> dict[str, Any]:
    """Return how the connection is encrypted: not at all, unless the address begins with tls."""
    parts = urlsplit(url)
    if parts.scheme != ENCRYPTED:
        return {}
    ca = parse_qs(parts.query).get("ca", [None])[-1]
    try:
        return {"tls": ssl.create_default_context(cafile=ca), "tls_handshake_first": True}
    except OSError as error:  # ssl.SSLError is one
        raise Refused(f"ATTUNE_NATS_URL: ca={ca} — must be a file of PEM certificates ({error})") from None
