"""Microsoft Graph's recurrence of a series as lines of iCalendar.

https://learn.microsoft.com/graph/api/resources/patternedrecurrence
"""

from datetime import UTC, date, datetime
from typing import Any

from services.ingest.connectors.api.moments import day_of
from services.ingest.connectors.api.pages import entries, inner, text_of

FREQUENCIES = {
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "absoluteMonthly": "MONTHLY",
    "relativeMonthly": "MONTHLY",
    "absoluteYearly": "YEARLY",
    "relativeYearly": "YEARLY",
}
WEEKDAYS = {
    "monday": "MO",
    "tuesday": "TU",
    "wednesday": "WE",
    "thursday": "TH",
    "friday": "FR",
    "saturday": "SA",
    "sunday": "SU",
}
INDEXES = {"first": "1", "second": "2", "third": "3", "fourth": "4", "last": "-1"}


def rule_of(event: dict[str, Any], starts: date) -> tuple[str, ...]:
    """Return the lines; none where it does not recur. Raises ValueError naming the rule it breaks."""
    recurrence = event.get("recurrence")
    if not isinstance(recurrence, dict):
        return ()
    pattern = recurrence.get("pattern")
    parts = [*pattern_of(pattern), *range_of(recurrence.get("range"), starts)]
    return (f"RRULE:{';'.join(parts)}", *cancelled(event, starts))


def pattern_of(pattern: Any) -> list[str]:
    """Return how it recurs."""
    kind = text_of(pattern, "type")
    if kind not in FREQUENCIES:
        raise ValueError(f"must have a pattern.type of {', '.join(FREQUENCIES)}")
    parts = [f"FREQ={FREQUENCIES[kind]}", f"INTERVAL={number(pattern, 'interval') or 1}"]
    if (day := number(pattern, "dayOfMonth")) and kind.startswith("absolute"):
        parts.append(f"BYMONTHDAY={day}")
    if (month := number(pattern, "month")) and kind.endswith("Yearly"):
        parts.append(f"BYMONTH={month}")
    days = ",".join(WEEKDAYS[day] for day in map(str, entries(pattern, "daysOfWeek") or ()) if day in WEEKDAYS)
    if days and not kind.startswith("absolute") and kind != "daily":
        parts.append(f"BYDAY={days}")
    if kind.startswith("relative"):
        parts.append(f"BYSETPOS={INDEXES.get(text_of(pattern, 'index'), '1')}")
    if kind == "weekly" and (first := text_of(pattern, "firstDayOfWeek")) in WEEKDAYS:
        parts.append(f"WKST={WEEKDAYS[first]}")
    return parts


def range_of(span: Any, starts: date) -> list[str]:
    """Return until when it recurs."""
    match text_of(span, "type"):
        case "numbered":
            return [f"COUNT={number(span, 'numberOfOccurrences') or 1}"]
        case "endDate" if end := day_of(inner(span, "endDate")):
            # Its last day counts whole, in the zone of the series.
            return [f"UNTIL={at_day(starts, end, last=True)}"]
        case _:
            return []


def cancelled(event: dict[str, Any], starts: date) -> list[str]:
    """Return the times that do not take place: ids that end in the day, as in `OID.AAMk….2026-03-05`."""
    days = [day_of(str(name).rpartition(".")[2]) for name in entries(event, "cancelledOccurrences") or ()]
    form = "EXDATE" if isinstance(starts, datetime) else "EXDATE;VALUE=DATE"
    return [f"{form}:{at_day(starts, day)}" for day in days if day]


def at_day(starts: date, day: date, *, last: bool = False) -> str:
    """Return the time at which it takes place on another day, or that day's end."""
    if not isinstance(starts, datetime):
        return f"{day:%Y%m%d}"
    moment = starts.replace(year=day.year, month=day.month, day=day.day)
    moment = moment.replace(hour=23, minute=59, second=59) if last else moment
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def number(found: Any, name: str) -> int:
    """Return a whole number that is not negative; 0 where there is none."""
    value = inner(found, name)
    return value if isinstance(value, int) and 0 < value < 100_000 else 0  # noqa: PLR2004 -- more is no calendar
