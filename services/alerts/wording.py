"""What a verdict says to a person: one sentence that stands for itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.judging import own
from shared.judging.relationship import Because, Relationship
from shared.vocabulary import Reason

Say = Callable[[dict[str, Any], str], str]


def opened(relationship: Relationship, reasons: tuple[Because, ...]) -> str:
    """Say who drifts and why."""
    clauses = " and ".join(clause(because.reason, because.as_dict()) for because in reasons)
    return f"{_who(relationship)} {clauses}."


def resolved(relationship: Relationship) -> str:
    """Say that it is over."""
    score = relationship.outlook.score
    standing = "in touch again" if score is None else f"at {score:.0f} points"
    return f"{_who(relationship)} is back: {standing}."


def clause(reason: str, its: dict[str, Any]) -> str:
    """Say in half a sentence why, from a reason with its figures, fresh or as JSON gives it back."""
    since = _day(its["since"])
    say = FORESEEN if its.get("foreseen") else HOLDING
    return say[Reason(reason)](its, since)


def _who(relationship: Relationship) -> str:
    return f"{relationship.name} ({relationship.initiative})"


def _day(moment: datetime | str | None) -> str:
    if moment is None:
        return "an unknown day"
    return f"{datetime.fromisoformat(moment) if isinstance(moment, str) else moment:%-d %B %Y}"


def _days(number: float) -> str:
    return f"{number:.0f} day{'' if round(number) == 1 else 's'}"


def _span(hours: float) -> str:
    return _days(hours / 24) if hours >= 48 else f"{max(hours, 1):.0f} hours"  # noqa: PLR2004 -- two days read as hours


def _unkept(its: dict[str, Any], since: str) -> str:
    promised = f"{'our' if its['by'] == 'us' else 'their'} commitment {its['ref']!r}"
    return (
        f"has {promised} broken since {since}"
        if its["state"] == "broken"
        else f"has {promised} past due since {_day(its['due_at'])}"
    )


def _own(its: own.OwnReason) -> Say:
    def say(figures: dict[str, Any], since: str) -> str:
        try:
            return its.said(figures, since)
        except Exception:  # noqa: BLE001 -- it can fail in any way: an alert in other words beats none at all
            return f"shows {its.title!r} since {since}"

    return say


HOLDING: dict[Reason, Say] = {
    Reason.FADING: lambda its, since: (
        f"is fading: {its['score']:.0f} points, under the line of {its['line']:.0f} since {since}"
    ),
    Reason.OVERDUE: lambda its, _: (
        f"is overdue: last touch {its['silent_days']:.0f} days ago, agreed is every {its['cadence_days']:g} days"
    ),
    Reason.COOLING: lambda its, _: (
        f"is cooling: {its['missed']:.0f} touches of their own pace missed, "
        f"{100 * its['present_share']:.0f} % of it left"
    ),
    Reason.SHALLOW: lambda its, since: (
        f"has contact without depth since {since}: {its['contact']:.0f} points of contact, {its['depth']:.0f} of depth"
    ),
    Reason.ONE_SIDED: lambda its, since: (
        f"hardly answers since {since}: {its['contact']:.0f} points of contact, {its['dialogue']:.0f} of dialogue"
    ),
    Reason.UNKEPT: _unkept,
    Reason.SHAKEN: lambda its, since: (
        f"is shaken since {since}: a setback takes {100 * its['loss']:.0f} % of the score"
    ),
    Reason.NEVER_MET: lambda its, since: (
        f"was never met: on the roster since {since}, {_days(its['waiting_days'])} ago"
    ),
    Reason.UNCOVERED: lambda its, since: f"has nobody aligned since {since}, of {its['stakeholders']} stakeholders",
    Reason.SINGLE_THREADED: lambda its, since: (
        f"hangs on one of us alone since {since}, with {its['stakeholders']} stakeholders"
    ),
    Reason.STALE: lambda its, _: (
        f"has brought nothing since {_day(its['last_at'])}, while it is usually silent for {_span(its['usual_hours'])}"
        " at most: drift that rests on it is held back"
    ),
} | {reason: _own(its) for reason, its in own.reasons().items()}
FORESEEN: dict[Reason, Say] = HOLDING | {
    Reason.FADING: lambda its, since: (
        f"will be fading on {since}: {its['score']:.0f} points, the line is {its['line']:.0f}"
    ),
    Reason.OVERDUE: lambda its, since: (
        f"will be overdue on {since}: last touch {its['silent_days']:.0f} days ago, agreed is every "
        f"{its['cadence_days']:g} days"
    ),
    Reason.COOLING: lambda its, since: (
        f"will be cooling on {since}: {its['missed']:.0f} touches of their own pace missed"
    ),
    Reason.UNKEPT: lambda its, _: (
        f"has {'our' if its['by'] == 'us' else 'their'} commitment {its['ref']!r} due on {_day(its['due_at'])}"
    ),
}
