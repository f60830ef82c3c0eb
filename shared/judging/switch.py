"""What a switch to another model would make of a relationship's alert. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from shared.alignment.model import Model
from shared.judging.judge import Change, Verdict, judge
from shared.judging.relationship import Because, OpenAlert, Relationship
from shared.judging.whole import judge_whole
from shared.vocabulary import Reason


class Judgeable(NamedTuple):
    """A relationship with its state under one model, and that model."""

    relationship: Relationship
    model: Model


class Foretold(NamedTuple):
    """What becomes of an alert, and by which reasons."""

    change: str
    """`opens` or `closes`."""
    reasons: tuple[Reason, ...]
    """Those that come to hold, the longest first; or those that the alert was told with."""


def foretell(live: Judgeable, candidate: Judgeable, now: datetime) -> Foretold | None:
    """Return what changes if the candidate takes over at `now`: an open alert closes, or reasons come to hold.

    What comes to hold by a switch is noted with the relationship and told to nobody.
    """
    becomes = _at_a_switch(candidate, now)
    alert = candidate.relationship.alert
    if alert is not None:
        return Foretold("closes", _told(alert)) if becomes.change is Change.RESOLVED else None
    if not (holding := _holding(becomes, now)):
        return None
    held = _holding(_at_a_switch(live, now), now)
    come = tuple(reason for reason in holding if reason not in held)
    return Foretold("opens", come) if come else None


def foretell_whole(
    live: tuple[Because, ...],
    candidate: tuple[Because, ...],
    alert: OpenAlert | None,
    settled_at: datetime | None,
    now: datetime,
) -> Foretold | None:
    """Return what changes for a part of an initiative, of what holds under each model, as `foretell` does."""
    becomes = judge_whole(candidate, alert, settled_at, now)
    if alert is not None:
        return Foretold("closes", _told(alert)) if becomes.change is Change.RESOLVED else None
    held = {because.reason for because in live}
    told = {because.reason for because in judge_whole(live, alert, settled_at, now).told}
    come = tuple(
        because.reason
        for because in candidate
        if because.reason not in held or (because in becomes.told and because.reason not in told)
    )
    return Foretold("opens", come) if come else None


def _at_a_switch(side: Judgeable, now: datetime) -> Verdict:
    # History that still arrives only postpones the verdict; a switch has it judged in the end.
    return judge(replace(side.relationship, switched_at=now, settles_at=None), side.model, now)


def _holding(verdict: Verdict, now: datetime) -> tuple[Reason, ...]:
    """Return what holds, and has been given its time."""
    ripe = (because for because in verdict.reasons if because.told_from is None or because.told_from <= now)
    return tuple(dict.fromkeys(because.reason for because in ripe))


def _told(alert: OpenAlert) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(Reason(because["reason"]) for because in alert.told))
