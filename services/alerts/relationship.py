"""What judging needs to know of one relationship, and what it may conclude."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from shared.vocabulary import Reason


class Outlook(NamedTuple):
    """The reading now, and when silence alone will change it."""

    score: float | None
    """0 to 100; None while there is too little to say."""
    band: str
    fell_at: datetime | None
    """Since when the score has been under the line; None where it is not."""
    falls_at: datetime | None
    """When it will fall under the line."""
    recovers_at: datetime | None
    """When it will have come back by itself, strain fading, so far that an alert resolves."""
    fell_in_silence: bool = True
    """Whether silence brought it under the line; otherwise it was there when something last happened."""


@dataclass(frozen=True, slots=True)
class Because:
    """A reason with the figures it rests on."""

    reason: Reason
    since: datetime
    figures: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return it as alerts, history and payloads hold it."""
        return {"reason": self.reason, "since": self.since, **self.figures}


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """The alert that is not resolved yet."""

    alert_id: UUID
    reason: Reason
    """The first one."""
    told: tuple[dict[str, Any], ...]
    """Every reason that has joined, with its figures, as JSON gives it back."""

    def has(self, reason: Reason) -> bool:
        """Say whether the reason has joined already."""
        return any(because["reason"] == reason for because in self.told)

    def since(self, reason: Reason) -> datetime:
        """Return when a reason that has joined came to hold."""
        [since] = [because["since"] for because in self.told if because["reason"] == reason]
        return datetime.fromisoformat(since)


class Before(NamedTuple):
    """What the previous judgement came to."""

    reasons: tuple[Reason, ...]
    """Those that held, told or not."""
    drift_reason: Reason | None
    """What had been crossed or was foreseen first; None where too little was known to foresee anything."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """Everything a verdict rests on."""

    relationship_id: int
    initiative: str
    stakeholder: str
    name: str
    owner: str | None
    outlook: Outlook
    last_touch_at: datetime | None = None
    cadence: timedelta | None = None
    """The rhythm that was agreed; None where there is none."""
    planned_at: datetime | None = None
    """The next planned meeting, or one of the last day that nobody has reported on yet."""
    judged_at: datetime | None = None
    """None before the first judgement."""
    before: Before | None = None
    switched_at: datetime | None = None
    """When the model in force took over: what crossed by then is the model's doing; None where all is news."""
    settles_at: datetime | None = None
    """When its history is likely to have arrived in full; None where nothing old has just come in."""
    alert: OpenAlert | None = None
