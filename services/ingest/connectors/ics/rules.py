"""What an event must keep, so that nobody guesses when a meeting was."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar.cal import Component

from services.ingest.connectors.ics.component import listed, span, starts
from shared.events.refusal import Refusal, shown

STEPS_MAX = 100_000
"""A rule is counted through from its beginning: this takes about a second."""
PERIOD_SECONDS = {
    "SECONDLY": 1,
    "MINUTELY": 60,
    "HOURLY": 3_600,
    "DAILY": 86_400,
    "WEEKLY": 7 * 86_400,
    "MONTHLY": 28 * 86_400,
    "YEARLY": 365 * 86_400,
}
ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "UID")
NEEDED = frozenset({*ONCE, "RRULE", "RDATE", "EXDATE", "EXRULE", "ATTENDEE", "ORGANIZER", "STATUS"})
"""Where one of these cannot be read, the meeting may not have been, or not so."""

_LINE = re.compile(r"'([A-Za-z-]+)")


def mended(event: Component) -> Component:
    """Return the event without what nobody needs and libraries stumble over, its start where that is plain."""
    if "SEQUENCE" in event and not isinstance(event["SEQUENCE"], int):
        del event["SEQUENCE"]
    if "DTSTART" not in event and "RECURRENCE-ID" in event:
        event["DTSTART"] = event["RECURRENCE-ID"]
    return event


def broken_rule(event: Component, until: datetime) -> Refusal | None:
    """Return the first rule that the event breaks, if its recurrences are counted until then."""
    try:
        return _unreadable(event) or _times(event) or _recurrence(event, until)
    except (OverflowError, ValueError, TypeError) as error:
        return Refusal("VEVENT", shown(str(error)), "must hold times that can be reckoned with")


def _unreadable(event: Component) -> Refusal | None:
    for name, error in event.errors:
        found = name or ((line := _LINE.search(error)) and line[1].upper())
        if found in NEEDED:
            return Refusal(found, shown(error), "must be iCalendar")
    for name in ONCE:
        if len(listed(event, name)) > 1:
            return Refusal(name, f"{len(listed(event, name))} times", "must be given once")
    return None


def _times(event: Component) -> Refusal | None:
    if "DTSTART" not in event:
        return Refusal("DTSTART", "missing", "is required")
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if name in event and not isinstance(span(event, name), date):
            return Refusal(name, shown(str(event[name])), "must be a date or a moment")
    length = span(event, "DURATION") or timedelta(0)
    if not isinstance(length, timedelta) or length < timedelta(0):
        return Refusal("DURATION", shown(str(length)), "must be a span that is not negative")
    start, end = starts(event), span(event, "DTEND") or starts(event)
    if rough(end) < rough(start) - _slack(start, end):
        return Refusal("DTEND", f"{end}, with DTSTART {start}", "must not lie before DTSTART")
    return None


def _slack(start: date, end: date) -> timedelta:
    """Return by how much two times of different sorts may be off."""
    alike = type(start) is type(end) and getattr(start, "tzinfo", None) == getattr(end, "tzinfo", None)
    return timedelta(0) if alike else timedelta(days=1)


def rough(moment: date) -> datetime:
    """Return it as if its clock showed UTC: good enough for counting days."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=UTC)
    return datetime.combine(moment, time(tzinfo=UTC))


def _recurrence(event: Component, until: datetime) -> Refusal | None:
    start = rough(starts(event))
    for name in ("RDATE", "EXDATE"):
        for each in (each for value in listed(event, name) for each in getattr(value, "dts", ())):
            if isinstance(each.dt, time):
                return Refusal(name, shown(str(each.dt)), "must hold dates or moments, not times of a day")
    for rule in listed(event, "RRULE"):
        if _first(rule, "INTERVAL", 1) < 1:
            return Refusal(
                "RRULE", shown(rule.to_ical().decode(errors="replace")), "must have an INTERVAL of 1 or more"
            )
        steps = _steps(rule, start, until)
        if steps > STEPS_MAX:
            said = f"{shown(rule.to_ical().decode(errors='replace'))}, {steps:.0f} times until {until:%Y-%m-%d}"
            return Refusal("RRULE", said, f"must come {STEPS_MAX} times at most")
    return None


def _steps(rule: Any, start: datetime, until: datetime) -> float:
    """Return how often the rule comes round, whether or not each time counts."""
    period = PERIOD_SECONDS[str(rule.get("FREQ", ["DAILY"])[0]).upper()] * _first(rule, "INTERVAL", 1)
    ends_at = rule.get("UNTIL", [until])[0]
    last = min(until, rough(ends_at)) if isinstance(ends_at, date) else until
    rounds = max(0.0, (last - start).total_seconds()) // period + 1
    count = _first(rule, "COUNT", math.inf)
    if not any(part.startswith("BY") for part in rule):
        return min(rounds, count)
    if count <= STEPS_MAX:
        # Most rounds may pass over before as many have counted: whether that takes too long, `patience` finds out.
        return count
    return rounds * math.prod(len(rule.get(part, [0])) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _first(rule: Any, part: str, default: float) -> float:
    found = rule.get(part, [default])
    return float(found[0] if isinstance(found, list) else found)
