"""Makes messages of announcements: to whom, when, and in which words; what is held back says why. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.alerts.addressees import CALLS, Addressee
from services.alerts.announce import Announcement, delivery_id, document
from services.alerts.policy import AppriseChannel, MailChannel, PagerDutyChannel, Policy
from services.alerts.release import Decision, Message, Release
from services.alerts.render import apprise_message, mail, pagerduty

Addressed = tuple[Announcement, Addressee]


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
    released_at: datetime | None
    recipient: str | None = None
    held_for: str | None = None


class Suppression(NamedTuple):
    """Something that was held back; the fields are the columns."""

    alert_id: UUID | None
    relationship_id: int | None
    event: str
    channel: str | None
    recipient: str | None
    reason: str
    held_until: datetime | None
    note: str
    happened_at: datetime


class Planned(NamedTuple):
    """What is sent, now or later, and what is not."""

    messages: list[Outgoing]
    suppressions: list[Suppression]


class Facts(NamedTuple):
    """What is known of alerts beyond their announcements."""

    sources: Mapping[UUID, str | None] = {}
    """Which source brought the last of what an alert is about."""
    contents: Mapping[UUID, dict[str, Any]] = {}
    listed_only: frozenset[UUID] = frozenset()
    """For which nobody is called upon."""


def plan(addressed: Iterable[Addressed], release: Release, facts: Facts, console_url: str) -> Planned:
    """Return what becomes of each announcement at each addressee; a budget is spent on the most valuable."""
    planned = Planned([], [])
    words = Words(release.policy, console_url, facts)
    for its, who in sorted(addressed, key=lambda pair: value(pair[0]), reverse=True):
        decision = _decision(its, who, release, facts)
        if decision.reason is not None:
            planned.suppressions.append(_suppression(its, who, decision))
        if decision.at is not None and who.destination is not None:
            planned.messages.append(_outgoing(its, who, who.destination, words.of(its, who.channel), decision))
    return planned


def value(announcement: Announcement) -> tuple[bool, bool, float]:
    """Rank what asks for attention: calls before news, alerts before warnings, then by what is at stake."""
    lost = 100 - (announcement.score if announcement.score is not None else 50.0)
    return announcement.event in CALLS, announcement.severity == "alert", announcement.about.importance * lost


def _decision(its: Announcement, who: Addressee, release: Release, facts: Facts) -> Decision:
    if who.destination is None:
        unknown = f"{who.person} has no address for" if who.person else "there is nobody to tell by"
        return Decision(None, "unrouted", f"{unknown} {who.channel}")
    if its.alert_id in facts.listed_only and release.policy.reaches_people(who.channel):
        most = release.policy.attention.late
        note = f"it held before attune looked, and {most} such were told today: `attune alerts list` has it"
        return Decision(None, "late", note)
    return release.of(_message(its, who, facts))


def _message(its: Announcement, who: Addressee, facts: Facts) -> Message:
    source = facts.sources.get(its.alert_id)
    return Message(its.alert_id, its.event, its.severity, its.status, its.snoozed_until, its.about, source, who.person)


def _outgoing(its: Announcement, who: Addressee, destination: str, payload: str, decision: Decision) -> Outgoing:
    return Outgoing(
        delivery_id(its, who.channel, destination),
        None if its.event == "test" else its.alert_id,
        its.event,
        who.channel,
        destination,
        payload,
        its.happened_at,
        decision.at or its.happened_at,
        decision.at if decision.reason is None else None,
        who.person,
        decision.reason,
    )


def _suppression(its: Announcement, who: Addressee, decision: Decision) -> Suppression:
    return Suppression(
        its.alert_id,
        its.relationship_id,
        its.event,
        who.channel,
        who.person,
        decision.reason or "",
        decision.held_until,
        decision.note,
        its.happened_at,
    )


class Words:
    """What each channel is given to say; for the programs that read it, the same of one announcement."""

    def __init__(self, policy: Policy, console_url: str, facts: Facts) -> None:
        self.policy, self.console_url, self.facts = policy, console_url, facts
        self.last: tuple[Announcement, str] | None = None

    def of(self, its: Announcement, channel: str) -> str:
        """Return what the outbox keeps for the channel to send."""
        match self.policy.channel(channel):
            case MailChannel():
                said: dict[str, Any] = mail(self._document(its), self.policy.templates_of(channel))
            case PagerDutyChannel():
                said = pagerduty(self._document(its))
            case AppriseChannel():
                said = apprise_message(self._document(its), self.policy.templates_of(channel))
            case _:
                return self._text(its)
        return orjson.dumps(said, default=str).decode()

    def _document(self, its: Announcement) -> dict[str, Any]:
        return document(its, self.console_url, self.facts.contents.get(its.alert_id))

    def _text(self, its: Announcement) -> str:
        # One announcement after the other is planned: it is written once.
        if self.last is None or self.last[0] is not its:
            self.last = its, orjson.dumps(self._document(its), default=str).decode()
        return self.last[1]
