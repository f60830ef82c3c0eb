"""What a plan is: its lines, what is left out, and what they come to. Pure."""

from datetime import date, datetime
from typing import Any, NamedTuple

from shared.planning.ask import Ask
from shared.planning.choose import Choice


class Line(NamedTuple):
    """One touch: with whom, how, when, and what it buys."""

    line: int
    owner: str
    kind: str
    minutes: int
    at: datetime
    latest_day: date
    people: list[str]
    stakeholders: list[str]
    initiatives: list[str]
    relationships: list[int]
    days: float
    """relationship-days kept above the line, each counted one"""
    worth: float
    """its part of what the plan is worth; the parts add up"""
    covers: list[str]
    drifts_at: datetime | None
    would_drift_at: datetime | None
    why: str


class Plan(NamedTuple):
    """The whole answer."""

    ask: Ask
    until: datetime
    lines: list[Line]
    choice: Choice
    weighed: int
    """offers that it was chosen from"""
    is_free: bool
    """whether anybody has a free working hour at all"""
    minutes: int
    left_out: list[dict[str, Any]]
    left_out_more: int
    """who is not on it and not named either"""
    one_more_hour: dict[str, Any]
    scores: dict[int, float | None]
    """of relationships on the plan, as they stand"""

    @property
    def days(self) -> float:
        """Return the sum of the lines' days."""
        return round(sum(line.days for line in self.lines), 1)

    @property
    def worth(self) -> float:
        """Return the sum of the lines' worth."""
        return round(sum(line.worth for line in self.lines), 1)
