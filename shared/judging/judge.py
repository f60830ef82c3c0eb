"""The verb of alerts: judge a relationship. Reads nothing, sends nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.alignment.model import Model
from shared.judging.reasons import OF_SILENCE, PATTERNS, REPORTED_WITHIN, ends, lines_of, reasons
from shared.judging.relationship import Because, Before, Forecast, Relationship
from shared.vocabulary import Reason

CLEAR = timedelta(days=1)
"""A warning is over when the drift is so much further off than a new one would need."""
RHYTHMS = frozenset({Reason.OVERDUE, Reason.COOLING})
"""What each touch puts off by as much as it ever does."""


class Change(StrEnum):
    """What becomes of the relationship's alert."""

    NONE = "none"
    OPENED = "opened"
    RAISED = "raised"
    """A warning has come true: it is an alert from now on."""
    JOINED = "joined"
    KEPT = "kept"
    RESOLVED = "resolved"
    POSTPONED = "postponed"
    """Nothing is said yet: its history is still arriving."""


@dataclass(frozen=True, slots=True)
class Held:
    """Why nothing is said although something could be."""

    reason: str
    """`planned` or `stale`."""
    until: datetime | None
    """None where no moment can be named."""
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judgement came to."""

    change: Change
    reasons: tuple[Because, ...] = ()
    """All that hold, the soonest first."""
    told: tuple[Because, ...] = ()
    """Those that open the alert, raise it or join it."""
    severity: str = "alert"
    """`warning` where what is told is only foreseen."""
    drifts_at: datetime | None = None
    """When the first line is or was crossed."""
    drift_reason: Reason | None = None
    held: Held | None = None
    wake_at: datetime | None = None
    """When silence alone can change the verdict; None is never."""
    is_known: bool = False
    forecasts: tuple[Forecast, ...] = ()
    """For each reason that holds, or will in silence: from when to when; the soonest first."""

    @property
    def held_until(self) -> datetime | None:
        """Return until when something that could be said is not."""
        return self.held.until if self.held else None


def judge(relationship: Relationship, model: Model, now: datetime) -> Verdict:
    """Choose the verdict as of `now`; the score must be of the same moment."""
    settles_at = relationship.settles_at
    if settles_at is not None and settles_at > now:
        return Verdict(Change.POSTPONED, wake_at=settles_at)
    found = sorted(reasons(relationship, model, now), key=lambda because: because.since)
    holding = tuple(because for because in found if not because.is_foreseen)
    foreseen = tuple(because for because in found if because.is_foreseen)
    new = [because for because in holding if _is_news(because, relationship, model, now)]
    warnings = [because for because in foreseen if _is_due(because, relationship, model, now)]
    told, held = _told(relationship, new, warnings if relationship.alert is None else [], now)
    ending = tuple(ends(relationship, model, now))
    drifting = next((because for because in found if because.reason is not Reason.NEVER_MET), None)
    return Verdict(
        _change(relationship, holding, foreseen, told, model, now),
        holding,
        told,
        "warning" if told and all(because.is_foreseen for because in told) else "alert",
        drifting.since if drifting else None,
        drifting.reason if drifting else None,
        held,
        _wake_at(relationship, holding, foreseen, ending, held, model, now),
        relationship.outlook.score is not None,
        tuple(_forecast(because, ending, relationship, now) for because in found),
    )


def news(relationship: Relationship, model: Model, now: datetime) -> tuple[Reason, ...]:
    """Return the reasons that hold and that somebody is to hear of, even if something holds that back for now."""
    holding = (because for because in reasons(relationship, model, now) if not because.is_foreseen)
    found = (because.reason for because in holding if _is_news(because, relationship, model, now))
    return tuple(dict.fromkeys(found))


def _forecast(
    because: Because, ending: Sequence[tuple[Reason, datetime]], relationship: Relationship, now: datetime
) -> Forecast:
    moments = (moment for reason, moment in ending if reason is because.reason and moment > max(now, because.since))
    # Of several broken promises the last to be forgiven ends it, unless an open one falls due before.
    ends_at = max(moments, default=None)
    is_unkept_then = because.reason is Reason.UNKEPT and any(
        its.broken_at is None and its.due_at is not None and ends_at is not None and its.due_at < ends_at
        for its in relationship.promises
    )
    return Forecast(because.reason, because.since, None if is_unkept_then else ends_at)


def _told(
    relationship: Relationship, news: Sequence[Because], warnings: Sequence[Because], now: datetime
) -> tuple[tuple[Because, ...], Held | None]:
    """Return what is told now: what has happened before what is foreseen; and what holds the rest back."""
    for some in (news, warnings[:1]):
        held = _held(relationship, some, now)
        free = tuple(because for because in some if held is None or because.reason not in OF_SILENCE)
        if free or held:
            return free, held
    return (), None


def _held(relationship: Relationship, some: Sequence[Because], now: datetime) -> Held | None:
    """Return what speaks for the relationship: a meeting before the drift, or a source that fell silent itself."""
    silent = [because for because in some if because.reason in OF_SILENCE]
    if not silent:
        return None
    if relationship.stale_source is not None:
        note = f"its source {relationship.stale_source} has fallen silent itself"
        return Held("stale", None, note)
    planned_at = relationship.planned_at
    if planned_at is None or planned_at > (silent[0].told_from or silent[0].since):
        return None
    reported_at = planned_at + REPORTED_WITHIN
    note = f"a meeting on {planned_at:%-d %B %Y} is planned before it"
    return Held("planned", reported_at, note) if reported_at > now else None


def _is_news(because: Because, relationship: Relationship, model: Model, now: datetime) -> bool:
    """Tell news from history: what crossed long before attune first looked is no alert, what is going on now is."""
    is_told = relationship.alert is not None and relationship.alert.has(because.reason)
    is_early = because.told_from is not None and because.told_from > now
    showed_at = because.shown_at or because.since
    is_settled = relationship.settled_at is not None and showed_at <= relationship.settled_at
    if is_told or is_early or is_settled:
        return False
    if because.reason in relationship.untold or _is_the_models(because, relationship):
        return because.reason in relationship.untold
    if because.reason in PATTERNS:
        return relationship.before is None or because.reason not in relationship.before.reasons
    comes_to_light = _comes_to_light(because.reason, relationship.before)
    if comes_to_light or because.figures.get("never_rose"):
        return comes_to_light
    # Never so short that what a meeting held back turns into history meanwhile.
    horizon = now - max(timedelta(days=lines_of(relationship, model).history_days), 2 * REPORTED_WITHIN)
    # However long alerts was down, what crossed since the last judgement has not been told.
    since = because.told_from or because.since
    return since >= min(relationship.judged_at or horizon, horizon)


def _is_the_models(because: Because, relationship: Relationship) -> bool:
    """Say whether it holds since before the model took over, and not by anything that came in after."""
    switched_at, judged_at, before = relationship.switched_at, relationship.judged_at, relationship.before
    # Whose time was not up yet when a model took over has been told to nobody.
    if switched_at is None or (because.told_from or because.shown_at or because.since) > switched_at:
        return False
    if judged_at is None or before is None or judged_at < switched_at:
        return relationship.held_at_switch is None or because.reason in relationship.held_at_switch
    return because.reason in before.reasons


def _comes_to_light(reason: Reason, before: Before | None) -> bool:
    """Say whether enough was known before to tell that this did not hold: it is new, however old its cause."""
    if before is None or reason in before.reasons:
        return False
    # A broken rhythm is foreseen without any score; only a score proves that it was over the line.
    return (reason is Reason.FADING and before.is_known) or (
        reason is Reason.OVERDUE and before.drift_reason is not None
    )


def _is_due(because: Because, relationship: Relationship, model: Model, now: datetime) -> bool:
    """Say whether a drift that is foreseen is near enough to warn of it."""
    warns_at = _warns_at(because, relationship, model)
    if warns_at is None or warns_at > now:
        return False
    is_the_models = relationship.switched_at is not None and warns_at <= relationship.switched_at
    is_settled = relationship.settled_at is not None and warns_at <= relationship.settled_at
    return not is_the_models and not is_settled


def _is_still_due(because: Because, relationship: Relationship, model: Model, now: datetime) -> bool:
    """Say whether a warning lasts: little touches that put the drift off by days do not end it, nor bring it back."""
    lead = timedelta(days=lines_of(relationship, model).warning_days)
    warns_at = because.since - lead if because.reason not in RHYTHMS else _warns_at(because, relationship, model)
    return warns_at is not None and warns_at <= now + CLEAR


def _warns_at(because: Because, relationship: Relationship, model: Model) -> datetime | None:
    """Return when a warning is due; None where warnings are switched off, and for patterns: they are only foretold."""
    lines = lines_of(relationship, model)
    if lines.warning_days == 0 or because.reason in PATTERNS:
        return None
    is_rhythm = because.reason in RHYTHMS
    share = lines.warning_share_of_rhythm if is_rhythm else lines.warning_share
    lead = timedelta(days=lines.warning_days)
    # Who was just met would be warned of at once, were the way to the line as short as the lead.
    begins_at = relationship.last_touch_at if is_rhythm else relationship.changed_at
    way = None if begins_at is None else share * max(because.since - begins_at, timedelta(0))
    return because.since - (lead if way is None else min(lead, way))


def _wake_at(
    relationship: Relationship,
    holding: Sequence[Because],
    foreseen: Sequence[Because],
    ending: Sequence[tuple[Reason, datetime]],
    held: Held | None,
    model: Model,
    now: datetime,
) -> datetime | None:
    moments: Iterator[datetime | None] = iter(
        (
            *(because.since for because in foreseen),
            *(_warns_at(because, relationship, model) for because in foreseen),
            *(because.told_from for because in holding),
            *(moment for _, moment in ending),
            held.until if held else None,
        )
    )
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _change(
    relationship: Relationship,
    holding: Sequence[Because],
    foreseen: Sequence[Because],
    told: Sequence[Because],
    model: Model,
    now: datetime,
) -> Change:
    alert = relationship.alert
    if alert is None:
        return Change.OPENED if told else Change.NONE
    if told:
        return Change.RAISED if alert.severity == "warning" else Change.JOINED
    lasts = any(alert.has(because.reason) or alert.foresees(because.reason) for because in holding) or any(
        alert.foresees(because.reason) and _is_still_due(because, relationship, model, now) for because in foreseen
    )
    return Change.KEPT if lasts else Change.RESOLVED
