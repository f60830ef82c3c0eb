"""What people may ask of a curve: how far back, as of when, and what if. Pure: raises Refused naming the rule."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from shared.alignment.counterfactual import Touch
from shared.errors import Refused
from shared.vocabulary import Direction, Facet, Kind

RANGES = (30, 90, 180, 365)
AGO_MAX = 730
AHEAD_MAX = timedelta(days=366)
MINUTES_MAX = 1440.0

Knew = Literal["now", "then"]

WHAT_IFS = {
    "meeting": "a meeting",
    "call": "a call",
    "email": "a mail from them",
    "message": "a message from them",
    "disclosure": "a talk in which they open up",
    "kept": "a promise of ours kept",
    "setback": "a setback",
}
"""What can be supposed, as people say it."""
TIMED = frozenset({"meeting", "call"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a curve shows."""

    now: datetime
    ago_days: int = 0
    """As of so many days ago."""
    knew: Knew = "now"
    """By what is known now, or by what was known then."""
    days: int = 90
    """How far back it reaches from there."""
    touch: Touch | None = None
    touch_at: datetime | None = None

    @property
    def at(self) -> datetime:
        """Return the moment that it stands at."""
        return self.now - timedelta(days=self.ago_days)

    @property
    def known_at(self) -> datetime | None:
        """Return until when what had been recorded counts; None where everything does."""
        return self.at if self.knew == "then" and self.ago_days else None


def asked(
    now: datetime,
    ago: int = 0,
    knew: str = "now",
    days: int = 90,
    what_if: str = "",
    minutes: float | None = None,
    on: str = "",
) -> Asked:
    """Return what is asked for."""
    if not 0 <= ago <= AGO_MAX:
        raise Refused(f"ago: {ago} — must be 0 to {AGO_MAX} days")
    if days not in RANGES:
        raise Refused(f"days: {days} — must be one of {', '.join(map(str, RANGES))}")
    if knew not in {"now", "then"}:
        raise Refused(f"knew: {knew!r} — must be now or then")
    start = Asked(now, ago, "then" if knew == "then" else "now", days)
    if not what_if:
        return start
    return Asked(now, ago, start.knew, days, touch(what_if, minutes), touch_at(on, start.at))


def touch(what_if: str, minutes: float | None) -> Touch:
    """Return the touch that is supposed."""
    if what_if not in WHAT_IFS:
        raise Refused(f"what_if: {what_if!r} — must be one of {', '.join(WHAT_IFS)}")
    if minutes is not None and not 0 < minutes <= MINUTES_MAX:
        raise Refused(f"minutes: {minutes:g} — must be more than 0 and at most {MINUTES_MAX:g}")
    match what_if:
        case "meeting" | "call":
            return Touch(Kind(what_if), minutes=minutes)
        case "disclosure":
            return Touch(Kind.DISCLOSURE, Direction.INBOUND, Facet.DISCLOSURE, intensity=0.7)
        case "kept":
            return Touch(Kind.COMMITMENT, Direction.MUTUAL, "kept/us")
        case "setback":
            return Touch(Kind.SETBACK, Direction.MUTUAL, intensity=0.5)
        case _:
            return Touch(Kind(what_if), Direction.INBOUND)


def touch_at(on: str, at: datetime) -> datetime:
    """Return when it is supposed to happen: at noon (UTC) of a day, or right at the moment."""
    if not on:
        return at
    try:
        day = datetime.combine(date.fromisoformat(on), time(12), UTC)
    except ValueError:
        raise Refused(f"on: {on!r} — must be a day such as 2026-11-20") from None
    if day.date() == at.date():
        return at
    if not at < day <= at + AHEAD_MAX:
        raise Refused(f"on: {on!r} — must lie ahead, a year at most")
    return day
