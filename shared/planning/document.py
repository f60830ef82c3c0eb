"""A plan as people and programs read it. Pure."""

import math
from typing import Any

from shared.planning.plan import Plan


def summary(found: Plan, number: int | None = None) -> str:
    """Say what the plan comes to, in the sums of its lines."""
    kept, until = "" if number is None else f" Kept as plan {number}.", f"{found.until:%-d %B}"
    if not found.is_free:
        return f"There is no free working hour until {until}.{kept}"
    if not found.lines:
        return f"No touch until {until} would add anything.{kept}"
    spent = f"{found.minutes / 60:g} of {found.ask.hours:g} hours"
    bought = f"{found.days:.1f} relationship-days above the line, worth {found.worth:.1f}"
    return f"{spent}: {bought}; {standing(found)}.{kept}"


def standing(found: Plan) -> str:
    """Say how good the choice is among all that was weighed."""
    among = f"among the {found.weighed:,} touches that were weighed"
    if found.choice.solver == "exact":
        return f"the best there is {among}"
    return f"at most {math.ceil(found.choice.gap * 1000) / 1000:.1%} short of the best {among}"


def one_more_hour(found: Plan) -> str:
    """Say what one hour more would buy beside the plan, in the coin that its lines add up in."""
    more = found.one_more_hour
    if more["worth"] <= 0:
        return "One more hour would buy nothing more."
    names = f": {', '.join(more['people'])} would be met too" if more["people"] else ""
    return f"One more hour would buy a worth of {more['worth']:.1f} beside these{names}."


def document(found: Plan, number: int | None) -> dict[str, Any]:
    """Return the plan as JSON holds it."""
    return {
        "plan": number,
        "owner": found.ask.owner,
        "initiative": found.ask.initiative,
        "hours": found.ask.hours,
        "until": found.until,
        "minutes": found.minutes,
        "days": found.days,
        "worth": found.worth,
        "bound": found.worth if found.choice.solver == "exact" else max(round(found.choice.bound, 1), found.worth),
        "gap": found.choice.gap,
        "solver": found.choice.solver,
        "weighed": found.weighed,
        "lines": [line._asdict() for line in found.lines],
        "left_out": found.left_out,
        "left_out_more": found.left_out_more,
        "one_more_hour": found.one_more_hour,
    }
