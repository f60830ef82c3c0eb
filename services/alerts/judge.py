"""The verb of alerts: judge a relationship. Reads nothing, sends nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerts.relationship import Because, Before, Relationship
from shared.alignment.model import Model
from shared.vocabulary import Reason

REPORTED_WITHIN = timedelta(days=1)
"""A meeting that took place is reported by its calendar within this time."""


class Change(StrEnum):
    """What becomes of the relationship's alert."""

    NONE = "none"
    OPENED = "opened"
    JOINED = "joined"
    KEPT = "kept"
    RESOLVED = "resolved"
    POSTPONED = "postponed"
    """Nothing is said yet: its history is still arriving."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judgement came to."""

    change: Change
    reasons: tuple[Because, ...] = ()
    """All that hold, the soonest first."""
    told: tuple[Because, ...] = ()
    """Those that open the alert or join it."""
    drifts_at: datetime | None = None
    """When the first line is or was crossed."""
    drift_reason: Reason | None = None
    held_until: datetime | None = None
    wake_at: datetime | None = None
    """When silence alone can change the verdict; None is never."""


def judge(relationship: Relationship, model: Model, now: datetime) -> Verdict:
    """Choose the verdict as of `now`; the score must be of the same moment."""
    settles_at = relationship.settles_at
    if settles_at is not None and settles_at > now:
        return Verdict(Change.POSTPONED, wake_at=settles_at)
    reasons = tuple(sorted(_reasons(relationship, model, now), key=lambda because: because.since))
    news = tuple(because for because in reasons if _is_news(because, relationship, model, now))
    held_until = _held_until(relationship, news, now)
    told = () if held_until else news
    crossings = sorted(_crossings(relationship, reasons, now))
    drifts_at, drift_reason = crossings[0] if crossings else (None, None)
    moments = [moment for moment, _ in crossings] + [held_until, relationship.outlook.recovers_at]
    wake_at = min((moment for moment in moments if moment is not None and moment > now), default=None)
    change = _change(relationship, reasons, told)
    return Verdict(change, reasons, told, drifts_at, drift_reason, held_until, wake_at)


def overdue_at(relationship: Relationship) -> datetime | None:
    """Return when the agreed rhythm is or was broken; None without a rhythm or a first touch."""
    if relationship.cadence is None or relationship.last_touch_at is None:
        return None
    return relationship.last_touch_at + relationship.cadence


def _reasons(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    outlook, due_at = relationship.outlook, overdue_at(relationship)
    if outlook.score is not None and (since := _fading_since(relationship, outlook.score, model)):
        yield Because(Reason.FADING, since, {"score": outlook.score, "line": model.lines.fading})
    if due_at is not None and due_at <= now and relationship.cadence and relationship.last_touch_at:
        figures = {
            "last_touch_at": relationship.last_touch_at,
            "cadence_days": relationship.cadence / timedelta(days=1),
            "silent_days": (now - relationship.last_touch_at) / timedelta(days=1),
        }
        yield Because(Reason.OVERDUE, due_at, figures)


def _fading_since(relationship: Relationship, score: float, model: Model) -> datetime | None:
    outlook, alert = relationship.outlook, relationship.alert
    if outlook.fell_at is not None:
        return outlook.fell_at
    # An alert once open lasts until the score is well above the line: no flapping.
    if alert and alert.has(Reason.FADING) and score < model.lines.fading + model.lines.recovered_margin:
        return alert.since(Reason.FADING)
    return None


def _is_news(because: Because, relationship: Relationship, model: Model, now: datetime) -> bool:
    """Tell news from history: what crossed long before attune first looked is no alert."""
    if relationship.alert and relationship.alert.has(because.reason):
        return False
    if relationship.switched_at and because.since <= relationship.switched_at:
        return False
    if _comes_to_light(because.reason, relationship.before):
        return True
    if because.reason is Reason.FADING and _never_rose(relationship):
        return False
    # Never so short that what a meeting held back turns into history meanwhile.
    horizon = now - max(timedelta(days=model.lines.history_days), 2 * REPORTED_WITHIN)
    # However long alerts was down, what crossed since the last judgement has not been told.
    return because.since >= min(relationship.judged_at or horizon, horizon)


def _comes_to_light(reason: Reason, before: Before | None) -> bool:
    """Say whether enough was known before to tell that this did not hold: it is new, however old its cause."""
    if before is None or reason in before.reasons:
        return False
    # A broken rhythm is foreseen without any score; only a foreseen fall proves that there was one.
    return before.drift_reason is Reason.FADING or (before.drift_reason is not None and reason is Reason.OVERDUE)


def _never_rose(relationship: Relationship) -> bool:
    """Say whether the score was never over the line, as after a first contact: that is no drift."""
    before = relationship.before
    was_unknown = before is None or before.drift_reason is None
    return was_unknown and not relationship.outlook.fell_in_silence


def _held_until(relationship: Relationship, news: tuple[Because, ...], now: datetime) -> datetime | None:
    """Return until when a meeting planned before the drift speaks for the relationship."""
    planned_at = relationship.planned_at
    if not news or planned_at is None or planned_at > news[0].since:
        return None
    reported_at = planned_at + REPORTED_WITHIN
    return reported_at if reported_at > now else None


def _crossings(
    relationship: Relationship, reasons: tuple[Because, ...], now: datetime
) -> Iterator[tuple[datetime, Reason]]:
    """Yield when each reason came or will come to hold."""
    for because in reasons:
        yield because.since, because.reason
    falls_at, due_at = relationship.outlook.falls_at, overdue_at(relationship)
    if falls_at is not None:
        yield falls_at, Reason.FADING
    if due_at is not None and due_at > now:
        yield due_at, Reason.OVERDUE


def _change(relationship: Relationship, reasons: tuple[Because, ...], told: tuple[Because, ...]) -> Change:
    if relationship.alert is None:
        return Change.OPENED if told else Change.NONE
    if told:
        return Change.JOINED
    holding = {because.reason for because in reasons}
    is_over = not any(relationship.alert.has(reason) for reason in holding)
    return Change.RESOLVED if is_over else Change.KEPT
