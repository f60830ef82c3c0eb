"""From when on touchpoints are kept: what happened earlier was removed for its age, and would count anew."""

from dataclasses import dataclass

TOO_OLD = "older than what is kept"


@dataclass
class Retention:
    """It moves while ingest runs."""

    begins_at: float = 0.0
    """In seconds since 1970; nothing is older than that where nothing was ever removed."""
