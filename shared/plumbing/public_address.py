"""Keeps a URL that somebody else may choose from reaching into our own network."""

import asyncio
import ipaddress
import socket

import httpx

from shared.errors import Refused

TUNNELS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))
"""NAT64 and 6to4: an IPv4 address of any kind in a coat."""


async def checked(url: httpx.URL, permit: str) -> httpx.URL:
    """Return the URL with its host resolved to a public address; raise Refused where it has others.

    The caller connects to exactly this address: a name cannot point elsewhere between check and call.
    `permit` is the setting that lets it be called all the same.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    private = [address for address in addresses if not is_public(address)]
    if private or not addresses:
        raise Refused(
            f"{url.host} resolves to {', '.join(private) or 'nothing'}, which is not a public address: "
            f"set {permit}=true if it may be called"
        )
    return url.copy_with(host=addresses[0])


def is_public(address: str) -> bool:
    """Say whether an address belongs to the internet at large."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if any(found in tunnel for tunnel in TUNNELS):
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return mapped.is_global and not mapped.is_multicast
