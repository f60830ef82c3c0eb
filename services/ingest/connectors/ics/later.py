"""A change to one time of a series and to all that follow it (RANGE=THISANDFUTURE), come without its series.

In mails and in files of its own such a change names the first time alone. Where the series stands elsewhere in the same
reading, it is counted through; else what was brought of it before says which times there are.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from icalendar.cal import Component

from services.ingest.connectors.ics.component import listed, moment, parameter, span, starts

RANGE = "THISANDFUTURE"
_MOMENT, _DAY = "%Y%m%dT%H%M%SZ", "%Y%m%d"


class Later(NamedTuple):
    """Such a change whose series nobody tells of."""

    uid: str
    """A digest of the event's UID."""
    rank: tuple[int, int]
    since: str
    """The slot of the first time that it changes."""
    add: Callable[[str], None]
    """Add what becomes of the time in that slot to the reading."""


def is_alone(events: Iterable[Component]) -> bool:
    """Tell whether these are such a change, without the series itself."""
    events = list(events)
    return any(map(is_for_all_later, events)) and all("RECURRENCE-ID" in event for event in events)


def is_for_all_later(event: Component) -> bool:
    """Tell whether it stands for all times that follow its own as well."""
    return any(parameter(value, "RANGE") == RANGE for value in listed(event, "RECURRENCE-ID"))


def is_series(events: Iterable[Component]) -> bool:
    """Tell whether a change could be one of theirs."""
    return any("RECURRENCE-ID" not in event and (listed(event, "RRULE") or listed(event, "RDATE")) for event in events)


def begin_in(slot: str, change: Component, fallback: tzinfo) -> datetime | None:
    """Return when the time in the slot begins now: moved on the wall's clock as far as the first; None for nonsense.

    Times without a zone are in `fallback`.
    """
    try:
        return moment(moved(slot, change), fallback)
    except (TypeError, ValueError, OverflowError):  # a slot of another sort, or out of all years
        return None


def moved(slot: str, change: Component) -> date:
    """Return the same as it is written."""
    named, first = span(change, "RECURRENCE-ID"), starts(change)
    if not isinstance(named, datetime) or not isinstance(first, datetime):
        days: timedelta = first - named
        return datetime.strptime(slot, _DAY).replace(tzinfo=UTC).date() + days
    zone = first.tzinfo or UTC
    was = datetime.strptime(slot, _MOMENT).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    before = named.astimezone(zone).replace(tzinfo=None) if named.tzinfo else named
    return (was + (first.replace(tzinfo=None) - before)).replace(tzinfo=zone)
