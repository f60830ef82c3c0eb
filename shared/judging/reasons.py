"""Which reasons hold for a relationship, which will, and the figures each rests on. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.alignment.model import Lines, Model
from shared.judging import own
from shared.judging.patterns import Pattern, much_and_little, pace, share
from shared.judging.relationship import Because, Relationship, Sums
from shared.judging.shaken import loss, loss_begins_at, loss_ends_at
from shared.vocabulary import CommitmentState, Reason

DAY = timedelta(days=1)
REPORTED_WITHIN = timedelta(days=1)
"""A meeting that took place is reported by its calendar within this time."""
OF_SILENCE = frozenset({Reason.FADING, Reason.OVERDUE, Reason.COOLING, Reason.NEVER_MET})
"""What a meeting mends, and what a source that fell silent may only seem to show."""
PATTERNS = frozenset({Reason.SHALLOW, Reason.ONE_SIDED, Reason.SHAKEN})
"""What shows in the reading itself, without a moment of its own."""


def lines_of(relationship: Relationship, model: Model) -> Lines:
    """Return the lines that the relationship is judged by."""
    return relationship.lines or model.lines


def overdue_at(relationship: Relationship) -> datetime | None:
    """Return when the agreed rhythm is or was broken; None without a rhythm or a first touch."""
    if relationship.cadence is None or relationship.last_touch_at is None:
        return None
    return relationship.last_touch_at + relationship.cadence


def reasons(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    """Yield every reason that holds now, and each that silence alone will bring, marked as foreseen."""
    for each in (_fading, _overdue, _cooling, _unkept, _never_met):
        for because in each(relationship, model, now):
            yield replace(because, is_foreseen=because.since > now)
    yield from _patterns(relationship, model, now)
    for reason, its in own.reasons().items():
        for since, figures in its.holds(relationship, model, now):
            yield Because(reason, since, dict(figures), is_foreseen=since > now)


def ends(relationship: Relationship, model: Model, now: datetime) -> Iterator[tuple[Reason, datetime]]:
    """Yield reasons that hold or are foreseen with the moments at which silence may end them."""
    if relationship.outlook.recovers_at is not None:
        yield Reason.FADING, relationship.outlook.recovers_at
    for reason in (Reason.SHALLOW, Reason.ONE_SIDED):
        if (pattern := _pattern(relationship, reason, model)) and pattern.ends_at:
            yield reason, pattern.ends_at
    if (ends_at := _shaken_ends_at(relationship, model, now)) is not None:
        yield Reason.SHAKEN, ends_at
    lines = lines_of(relationship, model)
    for promise in relationship.promises:
        if promise.broken_at is not None:
            yield Reason.UNKEPT, promise.broken_at + lines.unkept_broken_days * DAY
    for reason, its in own.reasons().items():
        for ends_at in its.ends(relationship, model, now):
            yield reason, ends_at


def _shaken_ends_at(relationship: Relationship, model: Model, now: datetime) -> datetime | None:
    sums, line = relationship.sums, _shaken_line(relationship, model)
    if sums is None or relationship.outlook.score is None or line <= 0:
        return None
    if loss(sums, now, model) >= line:
        return loss_ends_at(sums, line, now, model)
    begins_at = loss_begins_at(sums, line, now, model)
    return begins_at and loss_ends_at(sums, line, begins_at, model)


def _shaken_line(relationship: Relationship, model: Model) -> float:
    lines = lines_of(relationship, model)
    return lines.shaken_loss_min - (lines.shaken_margin if _is_told(relationship, Reason.SHAKEN) else 0)


def _fading(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    outlook, lines = relationship.outlook, lines_of(relationship, model)
    if outlook.score is None:
        return
    figures = {"score": outlook.score, "line": lines.fading}
    if outlook.fell_at is not None:
        if _never_rose(relationship):
            # As after a first contact: that is no drift.
            figures |= {"never_rose": True}
        # It stays the same drift, whatever little came in meanwhile.
        yield Because(
            Reason.FADING, min(outlook.fell_at, _since_before(relationship, Reason.FADING, outlook.fell_at)), figures
        )
    elif _is_told(relationship, Reason.FADING) and outlook.score < lines.fading + lines.recovered_margin:
        # An alert once open lasts until the score is well above the line: no flapping.
        yield Because(Reason.FADING, _since_before(relationship, Reason.FADING, now), figures)
    elif outlook.falls_at is not None:
        yield Because(Reason.FADING, outlook.falls_at, figures)


def _never_rose(relationship: Relationship) -> bool:
    """Say whether the score was never over the line."""
    before, fell_in_silence = relationship.before, relationship.outlook.fell_in_silence
    if before is None or not before.is_known:
        return not fell_in_silence
    return before.never_rose and Reason.FADING in before.reasons


def _overdue(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    del model
    due_at, touched_at = overdue_at(relationship), relationship.last_touch_at
    if due_at is not None and touched_at is not None and relationship.cadence:
        figures = {
            "last_touch_at": touched_at,
            "cadence_days": relationship.cadence / DAY,
            "silent_days": (now - touched_at) / DAY,
        }
        yield Because(Reason.OVERDUE, due_at, figures)


def _cooling(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    lines = lines_of(relationship, model)
    if relationship.sums is None or (its := pace(relationship.sums, lines, model)) is None:
        return
    cools_at, present = its.cools_at(lines), its.present(now)
    figures = {"missed": its.missed(now), "own_pace": its.own, "present_share": present}
    if (
        cools_at > now
        and _is_told(relationship, Reason.COOLING)
        and present < lines.cooling_pace_max + lines.cooling_margin
    ):
        # One touch does not bring a pace back.
        yield Because(Reason.COOLING, _since_before(relationship, Reason.COOLING, now), figures)
    else:
        yield Because(Reason.COOLING, cools_at, figures)


def _unkept(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    lines = lines_of(relationship, model)
    found = []
    for promise in relationship.promises:
        figures = {"ref": promise.ref, "by": promise.by, "state": promise.state, "due_at": promise.due_at}
        if promise.state is CommitmentState.BROKEN and promise.broken_at is not None:
            if now < promise.broken_at + lines.unkept_broken_days * DAY:
                found.append(Because(Reason.UNKEPT, promise.broken_at, figures))
        elif promise.due_at is not None:
            found.append(Because(Reason.UNKEPT, promise.due_at + lines.unkept_grace_days * DAY, figures))
    holding = [because for because in found if because.since <= now]
    ahead = [because for because in found if because.since > now]
    if holding:
        # The latest names the reason: an old one must not keep a new one from being told.
        latest = max(holding, key=lambda because: because.since)
        yield replace(latest, figures=latest.figures | {"unkept": len(holding)})
    if ahead:
        yield min(ahead, key=lambda because: because.since)


def _never_met(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    if relationship.sums is None and relationship.added_at is not None and relationship.added_at <= now:
        told_from = relationship.added_at + lines_of(relationship, model).never_met_days * DAY
        days = (now - relationship.added_at) / DAY
        yield Because(Reason.NEVER_MET, relationship.added_at, {"waiting_days": days}, told_from=told_from)


def _patterns(relationship: Relationship, model: Model, now: datetime) -> Iterator[Because]:
    sums = relationship.sums
    if sums is None or relationship.outlook.score is None:
        return
    for reason, little in ((Reason.SHALLOW, "depth"), (Reason.ONE_SIDED, "dialogue")):
        pattern = _pattern(relationship, reason, model)
        if pattern is None:
            continue
        figures = {"contact": share(sums, "contact", now, model), little: share(sums, little, now, model)}
        if _is_within(pattern, now):
            yield _shown(relationship, reason, pattern.begins_at, figures, now)
        elif pattern.begins_at and pattern.begins_at > now:
            yield Because(reason, pattern.begins_at, figures, is_foreseen=True)
    yield from _shaken(relationship, sums, model, now)


def _shaken(relationship: Relationship, sums: Sums, model: Model, now: datetime) -> Iterator[Because]:
    lost, line = loss(sums, now, model), _shaken_line(relationship, model)
    if lost >= line:
        changed_at = relationship.changed_at or now
        # Where what happened last had not shaken it, depth has faded from under the strain since.
        began_at = loss_begins_at(sums, line, changed_at, model)
        shown_at = began_at if began_at and began_at <= now else changed_at
        since = _since_before(relationship, Reason.SHAKEN, shown_at)
        yield Because(Reason.SHAKEN, since, {"loss": lost}, shown_at=shown_at)
    elif (begins_at := loss_begins_at(sums, line, now, model)) is not None:
        yield Because(Reason.SHAKEN, begins_at, {"loss": lost}, is_foreseen=True)


def _pattern(relationship: Relationship, reason: Reason, model: Model) -> Pattern | None:
    sums, lines = relationship.sums, lines_of(relationship, model)
    if sums is None or relationship.outlook.score is None:
        return None
    # Where mails are all that is ever reported, whoever is written to would be shallow: what nobody sees lacks nowhere.
    if reason is Reason.SHALLOW and not relationship.is_depth_reported:
        return None
    margin = lines.channel_margin if _is_told(relationship, reason) else 0
    much, little, little_max = (
        (lines.shallow_contact_min, "depth", lines.shallow_depth_max)
        if reason is Reason.SHALLOW
        else (lines.one_sided_contact_min, "dialogue", lines.one_sided_dialogue_max)
    )
    return much_and_little(sums, little, (max(much - margin, 0), little_max + margin), model)


def _is_within(pattern: Pattern, now: datetime) -> bool:
    has_begun = pattern.begins_at is None or pattern.begins_at <= now
    return has_begun and (pattern.ends_at is None or pattern.ends_at > now)


def _shown(
    relationship: Relationship, reason: Reason, begins_at: datetime | None, figures: dict[str, Any], now: datetime
) -> Because:
    """Return a pattern with the moment since when it holds; where it may be as old as the history, as old as that."""
    before, sums = relationship.before, relationship.sums
    changed_at = relationship.changed_at or now
    # It builds up: what came in late shows no more than that it holds.
    shown_at = max(begins_at, changed_at) if begins_at else changed_at
    since = before.since_of(reason) if before else None
    if since is None:
        first = sums.first_touch_at if sums else None
        lived_through = relationship.added_at is not None and first is not None and first >= relationship.added_at
        is_known = lived_through or (before is not None and before.is_known)
        is_late = relationship.judged_at is not None and changed_at < relationship.judged_at - REPORTED_WITHIN
        since = (
            first
            if first is not None and (is_late or not is_known or _is_first_seen(relationship, reason))
            else shown_at
        )
    return Because(reason, since, figures, shown_at=shown_at)


def _is_first_seen(relationship: Relationship, reason: Reason) -> bool:
    """Say whether it could not be seen at the last judgement, however long it had held."""
    reported_at, judged_at = relationship.depth_reported_at, relationship.judged_at
    return reason is Reason.SHALLOW and reported_at is not None and judged_at is not None and judged_at < reported_at


def _since_before(relationship: Relationship, reason: Reason, otherwise: datetime) -> datetime:
    known = relationship.before.since_of(reason) if relationship.before else None
    return known or otherwise


def _is_told(relationship: Relationship, reason: Reason) -> bool:
    return relationship.alert is not None and relationship.alert.has(reason)
