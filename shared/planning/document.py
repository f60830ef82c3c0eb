"""A plan as people and programs read it. Pure."""

from typing import Any

from shared.planning.propose import Plan

AS_GOOD_AS_BEST = 1e-4


def summary(found: Plan, number: int | None = None) -> str:
    """Say what the plan comes to."""
    choice, kept = found.choice, "" if number is None else f" Kept as plan {number}."
    best = "the best there is" if choice.gap < AS_GOOD_AS_BEST else f"at most {choice.gap:.1%} from the best there is"
    if not found.lines:
        return f"Nothing is worth the time, or there is no free working hour until {found.until:%-d %B}.{kept}"
    spent = f"{found.minutes / 60:g} of {found.ask.hours:g} hours"
    return f"{spent}, worth {choice.value:.1f} relationship-days: {best}.{kept}"


def document(found: Plan, number: int | None) -> dict[str, Any]:
    """Return the plan as JSON holds it."""
    return {
        "plan": number,
        "owner": found.ask.owner,
        "initiative": found.ask.initiative,
        "hours": found.ask.hours,
        "until": found.until,
        "minutes": found.minutes,
        "worth": round(found.choice.value, 2),
        "bound": round(found.choice.bound, 2),
        "gap": found.choice.gap,
        "solver": found.choice.solver,
        "lines": [line._asdict() for line in found.lines],
        "left_out": found.left_out,
        "one_more_hour": found.one_more_hour,
    }
