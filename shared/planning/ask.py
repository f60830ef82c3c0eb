"""What can be asked of a plan, and what cannot: one rule for the command, the page and the API."""

from datetime import timedelta
from typing import NamedTuple

HOURS_MIN, HOURS_MAX = 0.25, 10_000.0
"""A quarter of an hour is the shortest touch; an initiative's owners have many hours together."""
WITHIN_DAYS_MAX = 92
TOUCHES_MAX = 2


class Ask(NamedTuple):
    """What is asked for."""

    hours: float
    within: timedelta
    owner: str | None = None
    initiative: str | None = None
    touches_max: int = TOUCHES_MAX
