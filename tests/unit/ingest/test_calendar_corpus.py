"""Calendars that people published: what becomes of each was checked, and stays so."""

import json
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events
from icalendar.timezone import tzp

from services.ingest.connectors.ics.changes import Changes
from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.items import Dropped, Rejected
from tests.unit.ingest.calendars import TERMS, corpus, first, reading

TABLE = Path(__file__).with_name("calendar_corpus.json")
"""Per calendar how many meetings it published from 1997 to 2020, and how many items fell to which reason."""
BY_HAND = {
    # Counted by hand or with dateutil alone, from the text of the file.
    "niccokunzmann__python-recurring-ical-events/machbar_16_feb_2019.ics": {"published": 100},
    "niccokunzmann__python-recurring-ical-events/subcomponents.ics": {"published": 1},
    # 102 Thursdays, five taken out by their dates.
    "niccokunzmann__python-recurring-ical-events/issue_4.ics": {"published": 97},
    # The series of RFC 5545, section 3.8.5.3, every other week on Monday, Wednesday and Friday until 24 December.
    "zip:rianjs__ical.net/src/Ical.Net.CoreUnitTests/Calendars/Serialization/Encoding1.ics": {"nobody outside": 25},
    "zip:rianjs__ical.net/src/Ical.Net.CoreUnitTests/Calendars/Serialization/Attendee1.ics": {"published": 1},
    "allenporter__ical/event_all_day.ics": {"all-day": 1},
    "allenporter__ical/empty.ics": {"rejected: file is no iCalendar: no BEGIN in it": 1},
    "allenporter__ical/parsing/invalid/missing_colon.ics": {"rejected: DTSTART is required": 1},
    "collective__icalendar/events/issue_464_invalid_rdate.ics": {"rejected: RDATE must be iCalendar": 1},
}
SPAN = (date(1997, 1, 1), date(2021, 1, 1))
FEW = 100
"""More would take the library long."""
NO_OCCURRENCE = ("empty", "outside --from and --to")
BETTER_THAN_THE_LIBRARY = {
    # Two events with an empty UID are two events.
    "zip:rianjs__ical.net/src/Ical.Net.CoreUnitTests/Calendars/Serialization/Parameter2.ics",
    # An event within a component that nobody knows is dropped with it.
    "zip:collective__icalendar/src/icalendar/tests/calendars/issue_178_custom_component_contains_other.ics",
}


def midnight(day: date) -> datetime:
    """Return when a day begins in UTC."""
    return datetime.combine(day, datetime.min.time(), UTC)


@lru_cache
def told(data: bytes) -> Changes:
    """Return what a first import of the calendar says."""
    return first(reading(data, terms=TERMS._replace(window=Window(*map(midnight, SPAN)))))


def outcome(data: bytes) -> dict[str, int]:
    """Return how many envelopes and how many items of each reason a calendar yields."""
    found = told(data)
    counted = Counter(item.reason if isinstance(item, Dropped) else f"rejected: {item.rule}" for item in found.others)
    if found.envelopes:
        counted["published"] = len(found.envelopes)
    return dict(sorted(counted.items()))


def test_every_calendar_has_the_outcome_that_was_checked() -> None:
    table = json.loads(TABLE.read_text())

    assert {name: outcome(data) for name, data in corpus().items()} == table


@pytest.mark.parametrize("name", BY_HAND)
def test_the_table_says_what_was_counted_by_hand(name: str) -> None:
    checked = json.loads(TABLE.read_text())[name]

    assert {reason: checked.get(reason) for reason in BY_HAND[name]} == BY_HAND[name]


def test_calendars_without_fault_have_as_many_occurrences_as_the_library_finds_in_the_whole() -> None:
    """We expand event by event, in a window of moments; the library expands the calendar at once."""
    agreed = 0
    for name, data in corpus().items():
        found = told(data)
        if name in BETTER_THAN_THE_LIBRARY or any(isinstance(item, Rejected) for item in found.others):
            continue
        dropped = [item for item in found.others if not item.reason.endswith("is no meeting")]
        ours = len(found.envelopes) + sum(item.reason not in NO_OCCURRENCE for item in dropped)
        if ours <= FEW and (theirs := by_library(data)) is not None:
            assert (name, ours) == (name, theirs)
            agreed += 1

    assert agreed > 300


def by_library(data: bytes) -> int | None:
    """Count occurrences; None where the library stumbles over what we read."""
    tzp.use_default()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = icalendar.Calendar.from_ical(data, multiple=True)
            return sum(len(recurring_ical_events.of(whole(part)).between(*map(midnight, SPAN))) for part in found)
        except (ValueError, TypeError):
            return None


def whole(part: icalendar.Component) -> icalendar.Component:
    """Return a calendar around what stands outside of any."""
    if part.name == "VCALENDAR":
        return part
    around = icalendar.Calendar()
    around.add_component(part)
    return around
