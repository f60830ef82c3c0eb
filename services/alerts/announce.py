"""Turns a verdict into what is told. Ids follow from causes, so that doing it again is harmless."""

import re
import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson

from services.alerts import wording
from shared.judging.judge import Change, Verdict
from shared.judging.relationship import Relationship
from shared.vocabulary import SUBJECT_ALERTS, Reason

NAMESPACE = UUID("7d5e2a6e-0c5b-5f0e-9a5e-61747475b2e5")
"""Ours alone, so that no other program derives the same ids."""
CHANGES = (Change.OPENED, Change.RAISED, Change.JOINED, Change.RESOLVED)
"""What people are told about."""
UNFIT = re.compile(r"[ .*>%\x00-\x1f\x7f-\x9f]")
"""What means something in a subject, the percent sign that stands for it, and control characters."""


class About(NamedTuple):
    """What an alert is about: a relationship, a part of an initiative, or a source."""

    initiative: str | None = None
    stakeholder: str | None = None
    name: str | None = None
    owner: str | None = None
    function: str | None = None
    level: str | None = None
    part: str | None = None
    source: str | None = None
    importance: float = 1.0


class Announcement(NamedTuple):
    """One event in the life of one alert; the fields are what the statements in sql/ take."""

    alert_id: UUID
    relationship_id: int | None
    event: str
    severity: str
    reason: Reason
    """The alert's first: it names the subject."""
    reasons: list[dict[str, Any]]
    """Those of this event; all of them when it resolves."""
    score: float | None
    drifts_at: datetime | None
    """When what is told came to hold or will; when it resolves, the new forecast."""
    summary: str
    happened_at: datetime
    about: About
    known: tuple[dict[str, Any], ...] = ()
    """The reasons that were told before."""
    status: str = "open"
    band: str | None = None
    last_touch_at: datetime | None = None
    assignee: str | None = None
    snoozed_until: datetime | None = None
    actor: str = "attune"
    note: str | None = None
    step: int = 0
    """Of the escalation chain, from 1."""
    is_late: bool = False
    """Whether what opens held before attune could see it: history brought it, and not what is happening."""

    def as_row(self) -> dict[str, Any]:
        """Return it as the statements take it."""
        whole = self.about if self.relationship_id is None else About()
        return self._asdict() | {"initiative": whole.initiative, "part": whole.part, "source": whole.source}

    def all_reasons(self) -> list[dict[str, Any]]:
        """Return every reason told so far, the latest word about each."""
        new = {because["reason"] for because in self.reasons}
        return [because for because in self.known if because["reason"] not in new] + self.reasons


def announce(relationship: Relationship, verdict: Verdict, now: datetime) -> Announcement | None:
    """Return what is to be told, if anything."""
    if verdict.change not in CHANGES:
        return None
    alert, is_over = relationship.alert, verdict.change is Change.RESOLVED
    known = alert.told if alert else ()
    return Announcement(
        alert.alert_id if alert else _alert_id(relationship, verdict),
        relationship.relationship_id,
        verdict.change,
        alert.severity if alert and (is_over or alert.severity == "alert") else verdict.severity,
        alert.reason if alert else verdict.told[0].reason,
        list(known) if is_over else [because.as_dict() for because in verdict.told],
        relationship.outlook.score,
        verdict.told[0].since if verdict.told else verdict.drifts_at,
        wording.opened(relationship, verdict.told) if verdict.told else wording.resolved(relationship),
        now,
        about(relationship),
        known,
        "resolved" if is_over else alert.status if alert else "open",
        relationship.outlook.band,
        relationship.last_touch_at,
        alert.assignee if alert else relationship.owner,
        alert.snoozed_until if alert else None,
        is_late=verdict.change is Change.OPENED and _is_late(relationship, verdict),
    )


def about(relationship: Relationship) -> About:
    """Return what the relationship's alerts are about."""
    return About(
        relationship.initiative,
        relationship.stakeholder,
        relationship.name,
        relationship.owner,
        relationship.function,
        relationship.level,
        importance=relationship.importance,
    )


def about_part(initiative: str, part: str) -> About:
    """Return what `function Finance` or `level board` is about: a mute of the function covers it as well."""
    kind, _, name = part.partition(" ")
    function, level = (name if kind == its else None for its in ("function", "level"))
    return About(initiative, function=function, level=level, part=part)


def document(announcement: Announcement, console_url: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what every channel tells, as programs read it."""
    its = announcement.about
    data = {
        "id": str(announcement.alert_id),
        "initiative": its.initiative,
        "stakeholder": its.stakeholder,
        "name": its.name,
        "owner": its.owner,
        "function": its.function,
        "level": its.level,
        "part": its.part,
        "source": its.source,
        "assignee": announcement.assignee,
        "status": announcement.status,
        "severity": announcement.severity,
        "reason": announcement.reason,
        "reasons": announcement.all_reasons(),
        "score": announcement.score,
        "band": announcement.band,
        "drifts_at": announcement.drifts_at,
        "last_touch_at": announcement.last_touch_at,
        "summary": announcement.summary,
        "actor": announcement.actor,
        "note": announcement.note,
        "link": f"{console_url.rstrip('/')}/alerts/{announcement.alert_id}",
        "mute": mute_command(its),
        **(content or {}),
    }
    return {
        "type": f"attune.alert.{announcement.event}.v1",
        "timestamp": announcement.happened_at,
        "data": data,
    }


def subject(initiative: str | None, reason: Reason) -> str:
    """Return where NATS carries it; what a subject cannot hold is percent-encoded, so that no two share one."""
    return f"{SUBJECT_ALERTS}.{UNFIT.sub(_percent_encoded, initiative or '_sources')}.{reason}"


def delivery_id(announcement: Announcement, channel: str, destination: str) -> UUID:
    """Return the id under which the receiver knows the message again."""
    reasons: Sequence[str] = [because["reason"] for because in announcement.reasons]
    # What is said by the clock or by hand may be said again of the same reasons.
    again = () if announcement.event in CHANGES else (announcement.happened_at,)
    return derived(announcement.alert_id, announcement.event, *reasons, channel, destination, *again)


def derived(*cause: object) -> UUID:
    """Return the id that follows from a cause."""
    # As JSON, so that no two causes read the same.
    return uuid5(NAMESPACE, orjson.dumps(cause, default=str).decode())


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _alert_id(relationship: Relationship, verdict: Verdict) -> UUID:
    first = verdict.told[0]
    # Undo what ended an alert and its cause is back: the judgement in between makes it another alert.
    return derived(relationship.initiative, relationship.stakeholder, first.reason, first.since, relationship.judged_at)


def _is_late(relationship: Relationship, verdict: Verdict) -> bool:
    looked_at, before = relationship.judged_at, relationship.before
    # What was seen in time and held back, by a meeting or a silent source, is no history.
    seen = before.reasons if before else ()
    return looked_at is None or all(
        (its.told_from or its.since) <= looked_at and its.reason not in seen for its in verdict.told
    )


def mute_command(its: About) -> str:
    """Return the command that mutes what this is about."""
    if its.stakeholder is not None:
        named: dict[str, str | None] = {"stakeholder": its.stakeholder}
    elif its.source is not None:
        named = {"source": its.source}
    else:
        named = {"initiative": its.initiative} | ({"function": its.function} if its.function else {})
    said = " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in named.items())
    return f"attune alerts mute {said} --for 7d"
