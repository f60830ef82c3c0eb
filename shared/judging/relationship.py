"""What judging needs to know of one relationship, and what it may conclude."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from shared.alignment.model import Lines
from shared.vocabulary import CommitmentState, Reason, Side


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


class Sums(NamedTuple):
    """The sums that patterns are read from, as of `as_of`; days of contact beside them."""

    as_of: datetime
    contact: float
    dialogue: float
    depth: float
    strain: float
    pace: float
    pace_slow: float
    touch_days: int
    first_touch_at: datetime | None
    last_touch_at: datetime | None


class Promise(NamedTuple):
    """A commitment that may be unkept: open with a moment it is due, or broken."""

    ref: str
    state: CommitmentState
    by: Side
    due_at: datetime | None
    broken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Because:
    """A reason with the figures it rests on."""

    reason: Reason
    since: datetime
    """When it came to hold, or, where it is foreseen, will."""
    figures: dict[str, Any]
    is_foreseen: bool = False
    told_from: datetime | None = None
    """Where a reason is given time before it is told about."""
    shown_at: datetime | None = None
    """Where it may be older than what showed it: when it showed."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as alerts, history and payloads hold it."""
        foreseen = {"foreseen": True} if self.is_foreseen else {}
        return {"reason": self.reason, "since": self.since, **foreseen, **self.figures}


class Forecast(NamedTuple):
    """From when to when a reason holds if nothing else happens."""

    reason: Reason
    begins_at: datetime
    """In the past where it holds already."""
    ends_at: datetime | None
    """None where only something that happens can end it."""


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """The alert that is not resolved yet."""

    alert_id: UUID
    reason: Reason
    """The first one."""
    told: tuple[dict[str, Any], ...]
    """Every reason that has joined, with its figures, as JSON gives it back."""
    severity: str = "alert"
    status: str = "open"
    snoozed_until: datetime | None = None
    assignee: str | None = None

    def has(self, reason: Reason) -> bool:
        """Say whether the reason has been told to hold."""
        return any(because["reason"] == reason and not because.get("foreseen") for because in self.told)

    def foresees(self, reason: Reason) -> bool:
        """Say whether the reason has been told as a warning."""
        return any(because["reason"] == reason and because.get("foreseen") for because in self.told)


class Before(NamedTuple):
    """What the previous judgement came to."""

    reasons: tuple[Reason, ...]
    """Those that held, told or not."""
    drift_reason: Reason | None
    """What had been crossed or was foreseen first; None where too little was known to foresee anything."""
    is_known: bool = False
    """Whether there was a score."""
    since: tuple[tuple[Reason, datetime], ...] = ()
    """When each of the reasons came to hold."""
    never_rose: bool = False
    """Whether the score had been under the line from the first."""
    held_until: datetime | None = None
    held_by: str | None = None

    def since_of(self, reason: Reason) -> datetime | None:
        """Return since when the reason held, if it did."""
        return dict(self.since).get(reason)


@dataclass(frozen=True, slots=True)
class Relationship:
    """Everything a verdict rests on."""

    relationship_id: int
    initiative: str
    stakeholder: str
    name: str
    owner: str | None
    outlook: Outlook
    function: str | None = None
    level: str | None = None
    importance: float = 1.0
    sums: Sums | None = None
    """None where nothing ever happened."""
    is_depth_reported: bool = True
    """Whether anything that goes deep was ever reported of anybody in the initiative: else its absence says nothing."""
    depth_reported_at: datetime | None = None
    """When that began; None where it was so when attune first looked."""
    lines: Lines | None = None
    """Where they are others than the model's."""
    promises: tuple[Promise, ...] = ()
    changed_at: datetime | None = None
    """When anything last happened: from here on silence is certain."""
    added_at: datetime | None = None
    """Since when it is on the roster."""
    last_touch_at: datetime | None = None
    cadence: timedelta | None = None
    """The rhythm that was agreed; None where there is none."""
    planned_at: datetime | None = None
    """The next planned meeting, or one of the last day that nobody has reported on yet."""
    source: str | None = None
    """Which source brought the last of it."""
    stale_source: str | None = None
    """That source, when it has fallen silent itself: then silence says nothing."""
    judged_at: datetime | None = None
    """None before the first judgement."""
    before: Before | None = None
    switched_at: datetime | None = None
    """When the model in force took over: what crossed by then is the model's doing; None where all is news."""
    held_at_switch: tuple[Reason, ...] | None = None
    """What held by the model in force when it took over, where something has come in since; None where nothing has."""
    untold: tuple[Reason, ...] = ()
    """What was news at the switch by the model that went, and has not been told yet."""
    settled_at: datetime | None = None
    """When somebody last resolved an alert by hand: what held by then has been dealt with."""
    settles_at: datetime | None = None
    """When its history is likely to have arrived in full; None where nothing old has just come in."""
    alert: OpenAlert | None = None
