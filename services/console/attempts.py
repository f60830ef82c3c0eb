"""How often one may try to sign in: counted by address and user, so that no stranger locks anybody out."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from services.console.answers import TooMany
from shared.plumbing.queries import query

PACKAGE = "services.console"
WHILE = timedelta(minutes=15)
AS_USER_MAX = 10
"""As many attempts from one address as one user within `WHILE`."""
FROM_ADDRESS_MAX = 50
"""As many from one address, behind which a whole office may sit."""
ONE_HOUSE_BITS = 64
"""Of an IPv6 address: whoever has one has all that share them."""


async def begin(connection: Any, address: str, name: str, now: datetime) -> None:
    """Count an attempt before it is looked at; raise TooMany where there were enough."""
    house = house_of(address)
    for of, most in {"": FROM_ADDRESS_MAX, name: AS_USER_MAX if name else FROM_ADDRESS_MAX}.items():
        found = await connection.fetchval(query(PACKAGE, "begin_attempt"), house, of, now, now - WHILE)
        if found > most:
            raise TooMany(f"too many attempts to sign in: try again in {WHILE.total_seconds() / 60:.0f} minutes")


async def forgive(connection: Any, address: str, name: str, now: datetime) -> None:
    """Let the attempt that succeeded, and those before it as the same user, count no longer."""
    await connection.execute(query(PACKAGE, "forgive_attempts"), house_of(address), name, now - WHILE)


def house_of(address: str) -> str:
    """Return what counts as one address."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ip_network((known, ONE_HOUSE_BITS), strict=False))
