"""What a verdict says to a person: one sentence that stands for itself."""

from datetime import datetime
from typing import Any

from services.alerts.relationship import Because, Relationship
from shared.vocabulary import Reason


def opened(relationship: Relationship, reasons: tuple[Because, ...]) -> str:
    """Say who drifts and why."""
    clauses = " and ".join(_clause(because.reason, because.since, because.figures) for because in reasons)
    return f"{_who(relationship)} {clauses}."


def resolved(relationship: Relationship) -> str:
    """Say that it is over."""
    score = relationship.outlook.score
    standing = "in touch again" if score is None else f"at {score:.0f} points"
    return f"{_who(relationship)} is back: {standing}."


def _who(relationship: Relationship) -> str:
    return f"{relationship.name} ({relationship.initiative})"


def _clause(reason: Reason, since: datetime, figures: dict[str, Any]) -> str:
    match reason:
        case Reason.FADING:
            return (
                f"is fading: {figures['score']:.0f} points, under the line of {figures['line']:.0f} "
                f"since {since:%-d %B %Y}"
            )
        case Reason.OVERDUE:
            return (
                f"is overdue: last touch {figures['silent_days']:.0f} days ago, "
                f"agreed is every {figures['cadence_days']:g} days"
            )
        case Reason.NEVER_MET | Reason.SHALLOW | Reason.ONE_SIDED | Reason.SHAKEN:
            raise ValueError(f"{reason} shows in the reading and opens no alert")
