"""Decides of each message whether it is sent now, held for a while or not sent at all, and says why. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.alerts.announce import Announcement, delivery_id, document, subject
from services.alerts.policy import AppriseChannel, MailChannel, NatsChannel, PagerDutyChannel, Policy, Target
from services.alerts.render import apprise_message, mail, pagerduty
from services.alerts.targets import host_of

CALLS = frozenset({"opened", "raised", "returned", "escalated", "reminded", "assigned"})
"""Events that ask a person for attention; the others only go where one of these went before."""


class Outgoing(NamedTuple):
    """One message for the outbox; the fields are the columns."""

    delivery_id: UUID
    alert_id: UUID | None
    event: str
    channel: str
    destination: str
    payload: str
    created_at: datetime
    next_attempt_at: datetime
    recipient: str | None = None
    held_for: str | None = None
    mute_id: int | None = None
    is_call: bool = True


class Suppression(NamedTuple):
    """Something that was held back; the fields are the columns."""

    alert_id: UUID | None
    relationship_id: int | None
    event: str
    channel: str | None
    reason: str
    held_until: datetime | None
    note: str
    happened_at: datetime


class Mute(NamedTuple):
    """A mute that lasts."""

    mute_id: int
    initiative: str | None
    function: str | None
    stakeholder: str | None
    source: str | None
    ends_at: datetime
    author: str

    def covers(self, announcement: Announcement, source: str | None) -> bool:
        """Say whether it speaks of the alert; all that it names must match."""
        its = announcement.about
        named = (self.initiative, self.function, self.stakeholder, self.source)
        return all(
            wanted is None or wanted == found
            for wanted, found in zip(named, (its.initiative, its.function, its.stakeholder, source), strict=True)
        )


class Planned(NamedTuple):
    """What is sent, now or later, and what is not."""

    messages: list[Outgoing]
    suppressions: list[Suppression]


class Circumstances(NamedTuple):
    """What stands at the moment of planning."""

    mutes: Sequence[Mute] = ()
    spent: Mapping[str, int] = {}
    """How many calls each person has got today."""
    sources: Mapping[UUID, str | None] = {}
    """Which source brought the last of what an alert is about."""
    contents: Mapping[UUID, dict[str, Any]] = {}


class Plan:
    """One pass over announcements: the most valuable first, so that a budget is spent on them."""

    def __init__(self, policy: Policy, console_url: str, stands: Circumstances) -> None:
        self.policy, self.console_url, self.stands = policy, console_url, stands
        self.spent = Counter(stands.spent)
        self.channels = {channel.name: channel for channel in policy.channels}
        self.planned = Planned([], [])
        self.text: tuple[Announcement, str] | None = None

    def all(self, announcements: Sequence[Announcement]) -> Planned:
        """Return what becomes of each."""
        for announcement in sorted(announcements, key=value, reverse=True):
            for target in self._targets(announcement):
                self._one(announcement, target)
        return self.planned

    def one(self, its: Announcement, target: Target) -> Planned:
        """Return what becomes of one announcement at one place, whatever the routes say."""
        self._one(its, target)
        return self.planned

    def _targets(self, announcement: Announcement) -> list[Target]:
        its = announcement
        if its.event == "escalated":
            chain = self.policy.chain(its.about, its.reason, its.severity)
            return [Target.of(written) for step in chain[its.step - 1 : its.step] for written in step.to]
        targets = self.policy.targets(its.about, its.reason, its.severity)
        by_hand = its.event in {"acknowledged", "snoozed"}
        return [target for target in targets if target.person is None or not by_hand]

    def _one(self, its: Announcement, target: Target) -> None:
        person = its.assignee if target.person == "owner" else target.person
        destination = self._destination(its, target, person)
        if destination is None:
            self._suppress(its, target, "unrouted", None, f"{person or 'nobody'} has no address for {target.channel}")
            return
        if its.status == "snoozed" and its.event in {"joined", "raised"}:
            self._suppress(its, target, "snoozed", its.snoozed_until, "told when the snooze ends, if it still holds")
            return
        until, reason, mute = self._hold(its, target, person)
        if mute is None and person is not None and not self._affords(its, person):
            note = f"{person} has got {self.policy.budget_of(person)} today: it is in the digest"
            self._suppress(its, target, "budget", None, note)
            return
        self._send(its, target, destination, person, (until, reason, mute))

    def _hold(self, its: Announcement, target: Target, person: str | None) -> tuple[datetime, str | None, Mute | None]:
        source = its.about.source or self.stands.sources.get(its.alert_id)
        mutes = [mute for mute in self.stands.mutes if its.event in CALLS and mute.covers(its, source)]
        if mutes:
            mute = max(mutes, key=lambda mute: mute.ends_at)
            self._suppress(its, target, "muted", mute.ends_at, f"muted by {mute.author}")
            return mute.ends_at, "muted", mute
        hours = self.policy.hours_of(person) if person else None
        if hours and its.severity not in hours.urgent and (at := hours.opens_at(its.happened_at)) > its.happened_at:
            self._suppress(its, target, "quiet", at, f"{person} is not to be told before")
            return at, "quiet", None
        return its.happened_at, None, None

    def _affords(self, its: Announcement, person: str) -> bool:
        if its.event not in CALLS:
            return True
        budget = self.policy.budget_of(person)
        if budget is not None and self.spent[person] >= budget:
            return False
        self.spent[person] += 1
        return True

    def _send(
        self,
        its: Announcement,
        target: Target,
        destination: str,
        person: str | None,
        hold: tuple[datetime, str | None, Mute | None],
    ) -> None:
        at, held_for, mute = hold
        self.planned.messages.append(
            Outgoing(
                delivery_id(its, target.channel, destination),
                None if its.event == "test" else its.alert_id,
                its.event,
                target.channel,
                destination,
                self._payload(its, target),
                its.happened_at,
                at,
                person,
                held_for,
                mute.mute_id if mute else None,
                its.event in CALLS or its.event == "test",
            )
        )

    def _payload(self, its: Announcement, target: Target) -> str:
        match self.channels.get(target.channel):
            case MailChannel():
                said: dict[str, Any] = mail(self._document(its), self.policy.templates)
            case PagerDutyChannel():
                said = pagerduty(self._document(its))
            case AppriseChannel():
                said = apprise_message(self._document(its), self.policy.templates)
            case _:
                return self._text(its)
        return orjson.dumps(said, default=str).decode()

    def _document(self, its: Announcement) -> dict[str, Any]:
        return document(its, self.console_url, self.stands.contents.get(its.alert_id))

    def _text(self, its: Announcement) -> str:
        # One announcement after the other is planned: its text is the same for every program that reads it.
        if self.text is None or self.text[0] is not its:
            self.text = its, orjson.dumps(self._document(its), default=str).decode()
        return self.text[1]

    def _destination(self, its: Announcement, target: Target, person: str | None) -> str | None:
        channel = self.channels.get(target.channel)
        match channel:
            case None:
                return None
            case NatsChannel():
                return subject(its.about.initiative, its.reason)
            case MailChannel():
                return self.policy.address_of(person) if person else None
            case _:
                return host_of(channel)

    def _suppress(self, its: Announcement, target: Target, reason: str, until: datetime | None, note: str) -> None:
        self.planned.suppressions.append(
            Suppression(
                its.alert_id, its.relationship_id, its.event, target.channel, reason, until, note, its.happened_at
            )
        )


def value(announcement: Announcement) -> tuple[bool, bool, float]:
    """Rank what asks for attention: alerts before warnings, calls before news, then by what is at stake."""
    lost = 100 - (announcement.score if announcement.score is not None else 50.0)
    return announcement.event in CALLS, announcement.severity == "alert", announcement.about.importance * lost
