"""What a roster says of one person."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One person within one initiative; what is None leaves standing what is known already."""

    initiative: str
    addresses: tuple[str, ...]
    """Normalised, at least one."""
    stakeholder: str | None = None
    """What SQL and commands call the person; None for whoever has one of the addresses."""
    suggested: str | None = None
    """What to call them when nobody has one yet; the first address without it."""
    name: str | None = None
    organisation: str | None = None
    function: str | None = None
    level: str | None = None
    role: str | None = None
    owner: str | None = None
    importance: float | None = None
    cadence_days: float | None = None
    desired_band: str | None = None
    overrides: Mapping[str, float] | None = None
    """Lines of the model that are others for them, by name; all of them, so that an empty one ends each."""
