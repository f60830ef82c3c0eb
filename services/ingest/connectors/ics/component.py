"""Asking a component for its properties, which may be missing, broken, or given many times."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.cal import Component
from icalendar.prop import vBroken
from icalendar.timezone import tzp


def listed(component: Component, name: str) -> list[Any]:
    """Return a property's values, however often it was given; none of the broken ones."""
    found: Any = component.get(name, [])
    return [value for value in (found if isinstance(found, list) else [found]) if not isinstance(value, vBroken)]


def word(component: Component, name: str) -> str:
    """Return a property's first value as a word in capitals, empty where there is none."""
    return next((str(value).strip().upper() for value in listed(component, name)), "")


def span(component: Component, name: str) -> Any:
    """Return what a property with a time holds: a date, a moment, or whatever was written instead."""
    return next((getattr(value, "dt", None) for value in listed(component, name)), None)


def starts(component: Component) -> date:
    """Return DTSTART of an event that keeps all rules."""
    found: date = span(component, "DTSTART")
    return found


def moment(found: date, zone: tzinfo) -> datetime:
    """Return the moment; a day begins at midnight in the zone."""
    if not isinstance(found, datetime):
        found = datetime.combine(found, time())
    return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)


def zone_named(name: str) -> tzinfo | None:
    """Return the zone that IANA, Windows or a calendar read before calls so; None where nobody does."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found: tzinfo | None = tzp.timezone(name)
        return found


def parameter(value: Any, name: str) -> str:
    """Return a parameter of a value in capitals, empty where there is none."""
    found = getattr(value, "params", {}).get(name, "")
    return str(found[0] if isinstance(found, list) and found else found).upper()
