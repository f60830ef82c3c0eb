"""What `nats://user:password@one:4222,two:4222,three:4222` says: any number of servers that share one user."""

from typing import NamedTuple
from urllib.parse import urlsplit


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
