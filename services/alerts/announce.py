"""Turns a verdict into what is told. Ids follow from causes, so that doing it again is harmless."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson

from services.alerts import wording
from services.alerts.judge import Change, Verdict
from services.alerts.relationship import Relationship
from shared.vocabulary import SUBJECT_ALERTS, Reason

NAMESPACE = UUID("7d5e2a6e-0c5b-5f0e-9a5e-61747475b2e5")
"""Ours alone, so that no other program derives the same ids."""
CHANGES = (Change.OPENED, Change.JOINED, Change.RESOLVED)
"""What people are told about."""
UNFIT = re.compile(r"[ .*>%\x00-\x1f\x7f-\x9f]")
"""What means something in a subject, the percent sign that stands for it, and control characters."""


class Announcement(NamedTuple):
    """One event in the life of one alert; the fields are what the statements in sql/ take."""

    alert_id: UUID
    relationship_id: int
    event: Change
    reason: Reason
    """The alert's first: it names the subject."""
    reasons: list[dict[str, Any]]
    """Those of this event; all of them when it resolves."""
    score: float | None
    drifts_at: datetime | None
    """When what is told came to hold; when it resolves, the new forecast."""
    summary: str
    happened_at: datetime


def announce(relationship: Relationship, verdict: Verdict, now: datetime) -> Announcement | None:
    """Return what is to be told, if anything."""
    if verdict.change not in CHANGES:
        return None
    alert = relationship.alert
    reasons = [because.as_dict() for because in verdict.told]
    return Announcement(
        alert.alert_id if alert else _alert_id(relationship, verdict),
        relationship.relationship_id,
        verdict.change,
        alert.reason if alert else verdict.told[0].reason,
        list(alert.told) if alert and verdict.change is Change.RESOLVED else reasons,
        relationship.outlook.score,
        verdict.told[0].since if verdict.told else verdict.drifts_at,
        wording.opened(relationship, verdict.told) if verdict.told else wording.resolved(relationship),
        now,
    )


def payload(announcement: Announcement, relationship: Relationship, console_url: str) -> str:
    """Return the message, the same on every channel."""
    known = list(relationship.alert.told) if relationship.alert else []
    is_over = announcement.event is Change.RESOLVED
    data = {
        "id": str(announcement.alert_id),
        "initiative": relationship.initiative,
        "stakeholder": relationship.stakeholder,
        "name": relationship.name,
        "owner": relationship.owner,
        "reason": announcement.reason,
        "reasons": known if is_over else known + announcement.reasons,
        "score": announcement.score,
        "band": relationship.outlook.band,
        "drifts_at": announcement.drifts_at,
        "last_touch_at": relationship.last_touch_at,
        "summary": announcement.summary,
        "link": f"{console_url.rstrip('/')}/alerts/{announcement.alert_id}",
    }
    kind = f"attune.alert.{announcement.event}.v1"
    return orjson.dumps({"type": kind, "timestamp": announcement.happened_at, "data": data}).decode()


class Outgoing(NamedTuple):
    """One message for the outbox; the fields are the columns."""

    delivery_id: UUID
    alert_id: UUID
    event: Change
    channel: str
    destination: str
    payload: str
    created_at: datetime


def outgoing(
    announcement: Announcement, relationship: Relationship, webhook_host: str | None, console_url: str
) -> list[Outgoing]:
    """Return one message per channel; without a webhook there is NATS alone."""
    destinations = {"nats": subject(relationship.initiative, announcement.reason), "webhook": webhook_host}
    text = payload(announcement, relationship, console_url)
    return [
        Outgoing(
            _delivery_id(announcement, channel),
            announcement.alert_id,
            announcement.event,
            channel,
            destination,
            text,
            announcement.happened_at,
        )
        for channel, destination in destinations.items()
        if destination is not None
    ]


def subject(initiative: str, reason: Reason) -> str:
    """Return where NATS carries it; what a subject cannot hold is percent-encoded, so that no two share one."""
    return f"{SUBJECT_ALERTS}.{UNFIT.sub(_percent_encoded, initiative)}.{reason}"


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _alert_id(relationship: Relationship, verdict: Verdict) -> UUID:
    first = verdict.told[0]
    # Undo what ended an alert and its cause is back: the judgement in between makes it another alert.
    return _id(relationship.initiative, relationship.stakeholder, first.reason, first.since, relationship.judged_at)


def _delivery_id(announcement: Announcement, channel: str) -> UUID:
    reasons: Sequence[str] = [because["reason"] for because in announcement.reasons]
    return _id(announcement.alert_id, announcement.event, *reasons, channel)


def _id(*cause: object) -> UUID:
    # As JSON, so that no two causes read the same.
    return uuid5(NAMESPACE, orjson.dumps(cause, default=str).decode())
