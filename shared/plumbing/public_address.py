"""Keeps a URL that somebody else may choose from reaching into our own network."""

import asyncio
import ipaddress
import socket

import httpx

from shared.errors import Refused

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out: what lies beside it is local, a group, or an IPv4 address in a coat (NAT64)."""
# Written down, because what Python calls global differs between its patch releases.
SPECIAL = tuple(
    ipaddress.ip_network(its)
    for its in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        "168.63.129.16/32",  # where Azure tells its machines their secrets
    )
)
"""What IANA's registries keep from the internet at large, and what a cloud put there all the same."""


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
    its = getattr(found, "ipv4_mapped", None) or found
    is_given_out = its.version == 4 or its in GLOBAL_UNICAST  # noqa: PLR2004 -- of IPv4 the list says it all
    return is_given_out and not any(its in network for network in SPECIAL)
