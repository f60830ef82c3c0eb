"""From the components of one event to its occurrences within a window."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from itertools import islice
from typing import NamedTuple

import icalendar
import recurring_ical_events
from icalendar.cal import Component
from recurring_ical_events import EventAdapter

from services.ingest.connectors.ics.component import listed, moment, span, starts
from services.ingest.connectors.ics.later import is_for_all_later
from services.ingest.connectors.ics.patience import Impatient, patience
from services.ingest.connectors.ics.rules import broken_rule, mended
from shared.events.refusal import Refusal, shown

OCCURRENCES_MAX = 20_000
"""Of one event: daily for half a century."""
SECONDS_MAX = 5.0
DAY = timedelta(days=1)
ONCE = "once"


class Window(NamedTuple):
    """From which moment (inclusive) to which (exclusive) occurrences count."""

    begins_at: datetime
    ends_at: datetime

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Say whether something from `start` to `end` lies in it, if only in part."""
        return start < self.ends_at and (end > self.begins_at or start >= self.begins_at)


class Occurrence(NamedTuple):
    """One time that an event takes place."""

    event: Component
    """What it is like this time; its own times are those of the series."""
    slot: str
    """Which time of the series it is, wherever it was moved to; `once` where there is no series."""
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool


def occurrences(
    events: list[Component], zone: str | None, fallback: tzinfo, window: Window, seconds: float = SECONDS_MAX
) -> list[Occurrence] | Refusal:
    """Return what takes place in the window, or the rule that one of the components breaks.

    `events` share one UID. Times without a zone are in `zone`, the calendar's own name for its zone, or in `fallback`.
    """
    for event in map(mended, events):
        if refusal := broken_rule(event, window.ends_at):
            return refusal
    try:
        with patience(seconds), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = list(islice(_expanded(events, zone, fallback, window), OCCURRENCES_MAX + 1))
    except Impatient:
        return Refusal("RRULE", "its recurrence", "takes too long to count through")
    except Exception as error:  # noqa: BLE001 -- libraries raise what they like over times that make no sense
        return Refusal("VEVENT", shown(f"{type(error).__name__}: {error}"), "must be a recurrence that can be counted")
    if len(found) > OCCURRENCES_MAX:
        return Refusal("RRULE", "its recurrence", f"must come {OCCURRENCES_MAX} times at most between --from and --to")
    return found


class _Event(EventAdapter):  # type: ignore[misc]  # the library has no types
    def component(self) -> Component:
        found: Component = self._component
        return found


class _Time(recurring_ical_events.Occurrence):  # type: ignore[misc]  # the library has no types
    def event(self) -> Component:
        found: Component = self._adapter.component()
        return found


EVENTS = recurring_ical_events.ComponentsWithName("VEVENT", adapter=_Event, occurrence=_Time)


def _expanded(events: list[Component], zone: str | None, fallback: tzinfo, window: Window) -> Iterator[Occurrence]:
    calendar = icalendar.Calendar()
    # The library that reads X-WR-TIMEZONE forgets RANGE=THISANDFUTURE.
    if zone and not any(is_for_all_later(event) for event in events):
        calendar.add("X-WR-TIMEZONE", zone)
    calendar.subcomponents = list(events)
    is_series = any(listed(event, name) for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
    (series,) = recurring_ical_events.of(calendar, components=[EVENTS]).series
    # A day more on either side: what has no zone yet may come to lie anywhere in it.
    for found in series.between(window.begins_at - DAY, window.ends_at + DAY):
        occurrence = _occurrence(found.event(), found.start, found.end, is_series, fallback)
        if window.overlaps(occurrence.starts_at, occurrence.ends_at):
            yield occurrence


def _occurrence(event: Component, start: date, end: date, is_series: bool, zone: tzinfo) -> Occurrence:
    starts_at = moment(start, zone)
    slot = _name(_original(event, start), zone) if is_series else ONCE
    return Occurrence(event, slot, starts_at, max(starts_at, moment(end, zone)), not isinstance(start, datetime))


def _original(event: Component, start: date) -> date:
    """Return when the series had it, wherever it was moved to since."""
    named: date | None = span(event, "RECURRENCE-ID")
    if named is None:
        return start
    if not is_for_all_later(event):
        return named
    try:
        # One that stands for all later ones as well lends them its facts, and has moved each as far as itself.
        return start - (starts(event) - named)
    except TypeError:  # a whole day that became a time of day, or the other way round
        return start


def _name(found: date, zone: tzinfo) -> str:
    return f"{moment(found, zone):%Y%m%dT%H%M%SZ}" if isinstance(found, datetime) else f"{found:%Y%m%d}"
