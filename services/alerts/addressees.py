"""Decides to whom an announcement goes: a call to where the routes lead, news to where a call went before. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.alerts.announce import Announcement, subject
from services.alerts.policy import MailChannel, NatsChannel, PagerDutyChannel, Policy, Target
from services.alerts.targets import host_of

CALLS = frozenset({"opened", "raised", "returned", "escalated", "reminded", "assigned"})
"""Events that ask for attention; the others are news of what became of an alert."""
OVERTAKES = frozenset({"raised", "acknowledged", "snoozed", "resolved"})
"""Events after which nothing older of the alert is worth telling, wherever it is still held back."""
BY_HAND = frozenset({"acknowledged", "snoozed"})


class Addressee(NamedTuple):
    """A place, and the person there; no destination where the person has no address."""

    channel: str
    destination: str | None
    person: str | None = None


class Called(NamedTuple):
    """Somebody who was called upon because of an alert."""

    addressee: Addressee
    has_climbed: bool
    """Whether they were called because nobody else answered."""


def addressees(its: Announcement, policy: Policy, called: Sequence[Called]) -> list[Addressee]:
    """Return who is to be told."""
    if its.event in CALLS:
        return [addressee(its, target, policy) for target in _targets(its, policy)]
    # Who has an alert in hand acts on it: only those it has climbed to, and machines, have to be told that it rests.
    return [who for who, has_climbed in called if who.person is None or has_climbed or its.event not in BY_HAND]


def addressee(its: Announcement, target: Target, policy: Policy) -> Addressee:
    """Return who is meant by what a route or a step calls them."""
    person = its.assignee if target.person == "owner" else target.person
    return Addressee(target.channel, _destination(its, target.channel, person, policy), person)


def overtaken(announcements: Sequence[Announcement], policy: Policy) -> Iterator[tuple[Announcement, Addressee | None]]:
    """Yield where an announcement takes the place of older ones that are still held back; None is everywhere."""
    for its in announcements:
        if its.event in OVERTAKES:
            yield its, None
        elif its.event != "opened":
            yield from ((its, who) for who in addressees(its, policy, ()))


def _targets(its: Announcement, policy: Policy) -> list[Target]:
    if its.event == "escalated":
        chain = policy.chain(its.about, its.reason, its.severity)
        return [Target.of(written) for step in chain[its.step - 1 : its.step] for written in step.to]
    targets = policy.targets(its.about, its.reason, its.severity)
    # A pager has a word for what opens, rests and ends, and none for whose it is.
    is_said = its.event != "assigned"
    return [its for its in targets if is_said or not isinstance(policy.channel(its.channel), PagerDutyChannel)]


def _destination(its: Announcement, name: str, person: str | None, policy: Policy) -> str | None:
    match policy.channel(name):
        case None:
            return None
        case NatsChannel():
            return subject(its.about.initiative, its.reason)
        case MailChannel():
            return policy.address_of(person) if person else None
        case channel:
            return host_of(channel)
