"""Of whom nothing is taken in: block and allow lists of domains and people."""

from collections.abc import Iterator
from dataclasses import dataclass, field

BLOCKED, NOT_ALLOWED = "blocked", "not on the allow list"


@dataclass
class Lists:
    """Each entry is a domain, an address or a handle; they change while ingest runs."""

    blocked: set[str] = field(default_factory=set)
    allowed: set[str] = field(default_factory=set)
    """Where it holds anything, nobody else is taken in."""

    def why_not(self, address: str, handle: str) -> str | None:
        """Return why nothing is taken in of a (normalised) address, or None."""
        if not (self.blocked or self.allowed):
            return None
        entries = {address, handle, *domains(address)}
        if entries & self.blocked:
            return BLOCKED
        return NOT_ALLOWED if self.allowed and not entries & self.allowed else None


def domains(address: str) -> Iterator[str]:
    """Yield the domain of an address and every domain that this one is part of."""
    _, at, domain = address.rpartition("@")
    while at and "." in domain:
        yield domain
        domain = domain.partition(".")[2]
