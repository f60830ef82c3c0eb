"""Decides when a message may go out: asked when it is planned, and again when what held it back is over. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.alerts.addressees import CALLS
from services.alerts.announce import About
from services.alerts.policy import Policy

ASKING = CALLS | {"joined"}
"""What a mute holds back; what became of an alert is told all the same."""


class Message(NamedTuple):
    """What the decision about a message rests on."""

    alert_id: UUID
    event: str
    severity: str
    status: str
    snoozed_until: datetime | None
    about: About
    source: str | None
    """Which brought the last of what the alert is about."""
    person: str | None


class Mute(NamedTuple):
    """A mute that lasts."""

    initiative: str | None
    function: str | None
    stakeholder: str | None
    source: str | None
    ends_at: datetime
    author: str

    def covers(self, about: About, source: str | None) -> bool:
        """Say whether it speaks of the alert; all that it names must match."""
        named = (self.initiative, self.function, self.stakeholder, self.source)
        found = (about.initiative, about.function, about.stakeholder, about.source or source)
        return all(wanted is None or wanted == its for wanted, its in zip(named, found, strict=True))


class Decision(NamedTuple):
    """When a message goes out, and why not at once."""

    at: datetime | None
    """None where it does not."""
    reason: str | None = None
    note: str = ""
    held_until: datetime | None = None


class Release:
    """Decides one message after the other, so that who has got enough for today gets no more."""

    def __init__(
        self, policy: Policy, mutes: Sequence[Mute], told: Mapping[str, Sequence[UUID]], now: datetime
    ) -> None:
        self.policy, self.mutes, self.now = policy, mutes, now
        self.told = {person: set(alerts) for person, alerts in told.items()}
        """The alerts that each person has been called upon for since their day began."""

    def of(self, message: Message) -> Decision:
        """Decide, and note the attention that it takes."""
        if message.event == "test":
            return Decision(self.now)
        if message.status == "snoozed" and message.event in {"joined", "raised"}:
            return Decision(None, "snoozed", "told when the snooze ends, if it still holds", message.snoozed_until)
        if (held := self._held(message)) is not None:
            return held
        if message.event in CALLS and message.person is not None:
            if not self._affords(message, message.person):
                note = f"{message.person} has got {self.policy.budget_of(message.person)} today: it is in the digest"
                return Decision(None, "budget", note)
            self.told.setdefault(message.person, set()).add(message.alert_id)
        return Decision(self.now)

    def muted(self, about: About, source: str | None) -> Mute | None:
        """Return the mute that covers an alert for longest."""
        return max((its for its in self.mutes if its.covers(about, source)), key=lambda its: its.ends_at, default=None)

    def _held(self, message: Message) -> Decision | None:
        mute = self.muted(message.about, message.source) if message.event in ASKING else None
        after = mute.ends_at if mute else self.now
        at = self._opens_at(message, after)
        if mute is not None:
            return Decision(at, "muted", f"muted by {mute.author}", at)
        return Decision(at, "quiet", f"{message.person} is not to be told before", at) if at > self.now else None

    def _opens_at(self, message: Message, moment: datetime) -> datetime:
        if message.person is None or self._is_urgent(message, message.person):
            return moment
        return self.policy.hours_of(message.person).opens_at(moment)

    def _affords(self, message: Message, person: str) -> bool:
        budget, told = self.policy.budget_of(person), self.told.get(person, set())
        is_owed = message.event == "escalated" or self._is_urgent(message, person) or message.alert_id in told
        return budget is None or is_owed or len(told) < budget

    def _is_urgent(self, message: Message, person: str) -> bool:
        return message.severity in self.policy.hours_of(person).urgent
