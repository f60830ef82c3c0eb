"""Who is looking, and what they may do. Pure: the edge asks, and refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user may do; each may also do what those before it may."""

    VIEWER = "viewer"
    """See."""
    OPERATOR = "operator"
    """Act on alerts, and give refused events another chance."""
    ADMIN = "admin"
    """Say who may sign in, and read the audit."""


RANKS = list(Role)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user who has signed in, or a token that stands for one."""

    user_id: int
    name: str
    role: Role
    initiatives: tuple[str, ...] | None
    """What they are limited to; None where they see everything."""
    csrf: str = ""
    """What a form must bring back; empty for tokens, which no browser sends by itself."""

    def may(self, role: Role) -> bool:
        """Tell whether they may do what the role allows."""
        return RANKS.index(self.role) >= RANKS.index(role)

    def sees(self, initiative: str) -> bool:
        """Tell whether the initiative is theirs to see."""
        return self.initiatives is None or initiative in self.initiatives

    @property
    def scope(self) -> list[str] | None:
        """Return what statements limit themselves to."""
        return None if self.initiatives is None else list(self.initiatives)


def visitor(user_id: int, name: str, role: str, initiatives: Sequence[str] | None, csrf: str = "") -> Visitor:
    """Return the visitor that a row of users describes."""
    return Visitor(user_id, name, Role(role), None if initiatives is None else tuple(initiatives), csrf)
