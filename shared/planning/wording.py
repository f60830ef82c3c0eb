"""Says in a sentence what a touch buys. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

TOLD_FROM = 0.1
"""A risk is worth a word where it falls by so much."""


class Change(NamedTuple):
    """When somebody drifts, and how likely they fall silent, without and with the touches."""

    name: str
    is_above: bool
    would_be_above: bool
    before: datetime | None
    after: datetime | None
    risk: float = math.nan
    """of silence for a horizon after the window, nan where too little is known"""
    calmed: float = math.nan
    is_known: bool = True
    """whether there is a score at all"""


def why(changes: Sequence[Change], kept: Sequence[str], won: Sequence[str], touches: int, now: datetime) -> str:
    """Return what a touch with them brings; `kept` is covered today, `won` is not."""
    told = [f"keeps {' and '.join(kept)} covered"] if kept else []
    told += [f"covers {' and '.join(won)}, where nobody is aligned now"] if won else []
    told += [moved(change, now) for change in changes]
    told += [
        f"{change.name}'s risk of silence falls from {change.risk:.0%} to {change.calmed:.0%}"
        for change in changes
        if change.risk - change.calmed >= TOLD_FROM
    ]
    return "; ".join(told) + (" (with both touches)" if touches > 1 else "")


def moved(change: Change, now: datetime) -> str:
    """Return what becomes of one person's drift."""
    after = "for ten years and more" if change.after is None else f"to {spoken(change.after, now)}"
    if change.is_above and change.before:
        return f"moves {change.name}'s drift from {spoken(change.before, now)} {after}"
    if change.is_above:
        return f"deepens what {change.name} has"
    if change.would_be_above:
        until = "for good" if change.after is None else f"until {spoken(change.after, now)}"
        back = "back " if change.is_known else ""
        return f"brings {change.name} {back}over the line {until}"
    return f"brings {change.name} nearer to the line"


def spoken(moment: datetime, now: datetime) -> str:
    """Return the day, with its year where it is another one."""
    return f"{moment:%-d %B}" if moment.year == now.year else f"{moment:%-d %B %Y}"
