"""Events of Google and Microsoft: the same meetings as in any calendar."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.commands.import_gcal import found as gcal_found
from services.ingest.connectors.api import gcal, graph, graph_calendar
from services.ingest.connectors.api.entry import calendars
from services.ingest.connectors.api.found import Collected, collect
from services.ingest.connectors.api.pages import Document
from services.ingest.connectors.api.removed import remembered, take_back_removed
from services.ingest.connectors.ics.changes import Changes, Memory, changes
from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.ics.read import Terms, read
from services.ingest.connectors.items import Dropped, Rejected
from services.ingest.interpret import Policy
from shared.events.envelope import EVENT

NOW = datetime(2026, 4, 1, tzinfo=UTC)
POLICY = Policy(b"key", frozenset({"acme.example"}))
TERMS = Terms(Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)), ZoneInfo("UTC"), POLICY, NOW)


def google(**more: Any) -> dict[str, Any]:
    return {
        "kind": "calendar#event",
        "id": "abc",
        "iCalUID": "abc@google.com",
        "status": "confirmed",
        "summary": "private",
        "updated": "2026-02-01T10:00:00.000Z",
        "sequence": 0,
        "organizer": {"email": "uli@acme.example", "self": True},
        "start": {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-02T11:30:00+01:00", "timeZone": "Europe/Berlin"},
        "attendees": [
            {"email": "uli@acme.example", "responseStatus": "accepted", "organizer": True},
            {"email": "ana@corp.example", "responseStatus": "accepted"},
            {"email": "bo@corp.example", "responseStatus": "tentative"},
            {"email": "room@resource.calendar.google.com", "resource": True, "responseStatus": "accepted"},
        ],
    } | more


def guest(address: str, response: str = "accepted", kind: str = "required") -> dict[str, Any]:
    return {"type": kind, "status": {"response": response}, "emailAddress": {"name": "x", "address": address}}


def microsoft(**more: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"x"',
        "id": "AAMk1",
        "iCalUId": "abc@google.com",
        "type": "singleInstance",
        "subject": "private",
        "isDraft": False,
        "isCancelled": False,
        "showAs": "busy",
        "lastModifiedDateTime": "2026-02-01T10:00:00.0000000Z",
        "organizer": {"emailAddress": {"name": "Uli", "address": "uli@acme.example"}},
        "start": {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-02T10:30:00.0000000", "timeZone": "UTC"},
        "attendees": [
            guest("ana@corp.example"),
            guest("bo@corp.example", "tentativelyAccepted"),
            guest("room@acme.example", kind="resource"),
        ],
    } | more


def of_google(*events: dict[str, Any]) -> Collected:
    page = Document("page", {"kind": "calendar#events", "items": list(events)})
    return collect(map(gcal.found_of, gcal.events(page)))


def of_microsoft(*events: dict[str, Any], context: str = "$metadata#events") -> Collected:
    page = Document("page", {"@odata.context": context, "value": list(events)})
    documents = [document for document in map(graph.known, graph.objects(page)) if isinstance(document, Document)]
    return collect(graph_calendar.found_in(documents, POLICY))


def brought(collected: Collected, mine: Memory | None = None, names: dict[str, str] | None = None) -> Changes:
    mine = mine or Memory()
    reading = read((("calendar", sheet) for sheet in calendars(collected.entries.values())), TERMS)
    reading.others += collected.others
    changed = changes(reading, mine, [], None)
    take_back_removed(changed, collected, mine, [], remembered(collected, names or {}), None)
    for envelope in changed.envelopes:
        EVENT.validate_json(orjson.dumps(envelope))
    return changed


def times(changed: Changes) -> list[str]:
    return sorted(envelope["time"] for envelope in changed.envelopes)


def reasons(items: Iterable[Dropped | Rejected]) -> list[str]:
    return [item.reason for item in items]


def test_google_and_microsoft_tell_of_the_same_meeting() -> None:
    [one] = brought(of_google(google())).envelopes
    [other] = brought(of_microsoft(microsoft())).envelopes

    assert one == other
    assert one["time"] == "2026-03-02T09:00:00Z"
    assert one["data"] == {
        "kind": "meeting",
        "people": [
            {"address": "ana@corp.example", "response": "accepted"},
            {"address": "bo@corp.example", "response": "tentative"},
        ],
        "duration_minutes": 90,
        "breadth": 3,
        "by": "uli@acme.example",
    }


def test_it_is_the_same_as_in_an_ics_file() -> None:
    lines = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:abc@google.com
DTSTART;TZID=Europe/Berlin:20260302T100000
DTEND;TZID=Europe/Berlin:20260302T113000
ORGANIZER:mailto:uli@acme.example
ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@corp.example
ATTENDEE;PARTSTAT=TENTATIVE:mailto:bo@corp.example
END:VEVENT
END:VCALENDAR
"""
    from_file = changes(read([("a.ics", lines.encode())], TERMS), Memory(), [], None)

    assert from_file.envelopes == brought(of_google(google())).envelopes


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "cancelled"}, "cancelled"),
        ({"transparency": "transparent"}, "transparent"),
        ({"attendees": [{"email": "uli@acme.example"}]}, "nobody outside"),
        ({"attendees": []}, "nobody outside"),
        ({"attendees": [{"email": "ana@corp.example", "responseStatus": "declined"}]}, "declined"),
    ],
)
def test_what_is_no_meeting_at_google(more: dict[str, Any], reason: str) -> None:
    changed = brought(of_google(google(**more)))

    assert (changed.envelopes, reasons(changed.others)) == ([], [reason])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"isCancelled": True}, "cancelled"),
        ({"isDraft": True}, "draft"),
        ({"showAs": "free"}, "transparent"),
        ({"attendees": []}, "nobody outside"),
        ({"attendees": [guest("ana@corp.example", "declined")]}, "declined"),
    ],
)
def test_what_is_no_meeting_at_microsoft(more: dict[str, Any], reason: str) -> None:
    changed = brought(of_microsoft(microsoft(**more)))

    assert (changed.envelopes, reasons(changed.others)) == ([], [reason])


def test_whose_calendar_it_is_may_have_declined_without_the_list_of_attendees_knowing() -> None:
    theirs = {
        "organizer": {"emailAddress": {"address": "ana@corp.example"}},
        "attendees": [guest("uli@acme.example", "none")],
    }

    assert len(brought(of_microsoft(microsoft(**theirs))).envelopes) == 1
    assert brought(of_microsoft(microsoft(**theirs, responseStatus={"response": "declined"}))).envelopes == []


def test_a_google_series_recurs_in_its_zone_but_for_its_exceptions() -> None:
    slot = {"recurringEventId": "abc", "iCalUID": "abc@google.com"}
    series = google(
        recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"],
        start={"dateTime": "2026-03-16T10:00:00+01:00", "timeZone": "Europe/Berlin"},
        end={"dateTime": "2026-03-16T11:00:00+01:00", "timeZone": "Europe/Berlin"},
    )
    moved = google(
        **slot,
        id="abc_20260323T090000Z",
        originalStartTime={"dateTime": "2026-03-23T10:00:00+01:00"},
        start={"dateTime": "2026-03-24T15:00:00+01:00"},
        end={"dateTime": "2026-03-24T16:00:00+01:00"},
    )
    cancelled = {
        **slot,
        "id": "abc_20260330T080000Z",
        "status": "cancelled",
        "originalStartTime": {"dateTime": "2026-03-30T10:00:00+02:00"},
    }

    changed = brought(of_google(series, moved, cancelled))

    assert times(changed) == [
        "2026-03-16T09:00:00Z",
        "2026-03-24T14:00:00Z",
        "2026-04-06T08:00:00Z",
        "2026-04-13T08:00:00Z",
    ]
    assert [
        envelope["data"].get("planned", False) for envelope in sorted(changed.envelopes, key=lambda e: e["time"])
    ] == [False, False, True, True]


def test_a_microsoft_series_recurs_in_its_zone_but_for_its_exceptions() -> None:
    series = microsoft(
        type="seriesMaster",
        start={"dateTime": "2026-03-16T09:00:00.0000000", "timeZone": "UTC"},
        end={"dateTime": "2026-03-16T10:00:00.0000000", "timeZone": "UTC"},
        recurrence={
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"},
            "range": {
                "type": "numbered",
                "numberOfOccurrences": 5,
                "startDate": "2026-03-16",
                "recurrenceTimeZone": "W. Europe Standard Time",
            },
        },
        cancelledOccurrences=["OID.AAMk1.2026-03-30"],
        exceptionOccurrences=[
            microsoft(
                id="AAMk2",
                type="exception",
                originalStart="2026-03-23T09:00:00Z",
                start={"dateTime": "2026-03-24T14:00:00.0000000", "timeZone": "UTC"},
                end={"dateTime": "2026-03-24T15:00:00.0000000", "timeZone": "UTC"},
            ),
        ],
    )

    changed = brought(of_microsoft(series))

    assert times(changed) == [
        "2026-03-16T09:00:00Z",
        "2026-03-24T14:00:00Z",
        "2026-04-06T08:00:00Z",
        "2026-04-13T08:00:00Z",
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"type": "daily", "interval": 2}, "FREQ=DAILY;INTERVAL=2"),
        ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 15}, "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15"),
        (
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"], "index": "last"},
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=TU;BYSETPOS=-1",
        ),
        (
            {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 3, "month": 4},
            "FREQ=YEARLY;INTERVAL=1;BYMONTHDAY=3;BYMONTH=4",
        ),
        (
            {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["friday"], "index": "first", "month": 5},
            "FREQ=YEARLY;INTERVAL=1;BYMONTH=5;BYDAY=FR;BYSETPOS=1",
        ),
    ],
)
def test_a_pattern_of_microsoft_is_a_rule(pattern: dict[str, Any], expected: str) -> None:
    [entry] = of_microsoft(
        microsoft(type="seriesMaster", recurrence={"pattern": pattern, "range": {"type": "noEnd"}})
    ).entries.values()

    assert entry.recurrence == (f"RRULE:{expected}",)


def test_an_occurrence_in_a_delta_of_a_view_has_its_people_from_its_series() -> None:
    series = microsoft(
        type="seriesMaster", recurrence={"pattern": {"type": "weekly", "interval": 1}, "range": {"type": "noEnd"}}
    )
    bare = {
        "id": "AAMk9",
        "type": "occurrence",
        "seriesMasterId": "AAMk1",
        "start": {"dateTime": "2026-03-09T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-09T10:00:00.0000000", "timeZone": "UTC"},
    }

    changed = brought(
        of_microsoft(
            series, bare, context="https://graph.microsoft.com/v1.0/$metadata#Collection(event)/calendarView/delta"
        )
    )

    assert times(changed) == ["2026-03-09T09:00:00Z"]
    assert reasons(changed.others) == ["a series: its occurrences are listed"]


def test_the_day_that_outlook_writes_into_a_uid_is_none_of_it() -> None:
    uid = "040000008200E00074C5B7101A82E00807EA0309" + "A1" * 20
    [entry] = of_microsoft(microsoft(iCalUId=uid, type="occurrence", seriesMasterId="S")).entries.values()

    assert entry.uid == "040000008200E00074C5B7101A82E00800000000" + "A1" * 20


def test_an_event_that_was_moved_takes_its_earlier_version_back() -> None:
    before = brought(of_google(google()))
    later = google(
        updated="2026-03-01T00:00:00Z",
        sequence=1,
        start={"dateTime": "2026-03-03T10:00:00+01:00"},
        end={"dateTime": "2026-03-03T11:00:00+01:00"},
    )

    changed = brought(of_google(later), Memory(before.live))

    assert times(changed) == ["2026-03-03T09:00:00Z"]
    assert [back["data"]["id"] for back in changed.retractions] == [before.envelopes[0]["id"]]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_versions_in_one_file_the_later_counts(order: int) -> None:
    later = google(
        updated="2026-03-01T00:00:00Z",
        start={"dateTime": "2026-03-03T10:00:00+01:00"},
        end={"dateTime": "2026-03-03T11:00:00+01:00"},
    )

    assert times(brought(of_google(*[google(), later][::order]))) == ["2026-03-03T09:00:00Z"]


def test_a_removed_event_is_taken_back_by_its_id_alone() -> None:
    for collected, removed in (
        (of_google(google(), google(id="b", iCalUID="b")), of_google({"id": "abc", "status": "cancelled"})),
        (
            of_microsoft(microsoft(), microsoft(id="b", iCalUId="b")),
            of_microsoft({"id": "AAMk1", "@removed": {"reason": "deleted"}}),
        ),
    ):
        before = brought(collected)

        changed = brought(removed, Memory(before.live), remembered(collected, {}))

        assert [back["data"]["id"] for back in changed.retractions] == [before.envelopes[0]["id"]]
        assert reasons(changed.others) == ["removed"]


def test_one_instance_that_was_removed_leaves_the_others() -> None:
    instances = [
        google(
            id=f"abc_{n}",
            recurringEventId="abc",
            originalStartTime={"dateTime": f"2026-03-0{n}T10:00:00+01:00"},
            start={"dateTime": f"2026-03-0{n}T10:00:00+01:00"},
            end={"dateTime": f"2026-03-0{n}T11:00:00+01:00"},
        )
        for n in (2, 3, 4)
    ]
    before = brought(of_google(*instances))
    gone = {
        "id": "abc_3",
        "status": "cancelled",
        "recurringEventId": "abc",
        "originalStartTime": {"dateTime": "2026-03-03T10:00:00+01:00"},
    }

    changed = brought(of_google(gone), Memory(before.live))

    taken = {back["data"]["id"] for back in changed.retractions}
    assert [envelope["time"] for envelope in before.envelopes if envelope["id"] in taken] == ["2026-03-03T09:00:00Z"]


def test_an_event_that_comes_and_goes_in_the_same_pages_never_was() -> None:
    changed = brought(of_google(google(), {"id": "abc", "status": "cancelled"}))

    assert (changed.envelopes, changed.retractions) == ([], [])


def test_whole_days_are_days() -> None:
    one = brought(of_google(google(start={"date": "2026-03-02"}, end={"date": "2026-03-03"})))
    other = brought(
        of_microsoft(
            microsoft(
                isAllDay=True,
                start={"dateTime": "2026-03-02T00:00:00.0000000", "timeZone": "Pacific Standard Time"},
                end={"dateTime": "2026-03-03T00:00:00.0000000", "timeZone": "Pacific Standard Time"},
            )
        )
    )

    assert one.envelopes == other.envelopes
    assert "duration_minutes" not in one.envelopes[0]["data"]


@pytest.mark.parametrize(
    ("collected", "expected"),
    [
        (of_google(google(start={})), "page: abc: start: {} — must hold a date, or a dateTime with its offset"),
        (of_google({"kind": "calendar#event"}), "page: without id: id: missing — is required"),
        (
            of_microsoft(microsoft(start={"dateTime": "2026-03-02T09:00:00", "timeZone": "Nowhere"})),
            "start: {'dateTime': '2026-03-02T09:00:00', 'timeZone': 'Nowhere'} — must hold a dateTime and a timeZone that is known",
        ),
        (of_microsoft(microsoft(recurrence={"pattern": {"type": "moonly"}})), "must have a pattern.type of daily"),
    ],
)
def test_an_event_that_breaks_a_rule_says_which(collected: Collected, expected: str) -> None:
    [reason] = reasons(collected.others)

    assert expected in reason


def test_the_reader_takes_pages_events_and_lines(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_bytes(
        orjson.dumps({"items": [google(id="a")], "timeZone": "UTC"}, option=orjson.OPT_INDENT_2)
    )
    (tmp_path / "more.jsonl").write_bytes(b"\n".join(orjson.dumps(google(id=name)) for name in "bc"))

    assert set(collect(gcal_found(tmp_path)).entries) == {"a", "b", "c"}


NAMES = [
    "id",
    "iCalUID",
    "iCalUId",
    "status",
    "start",
    "end",
    "dateTime",
    "timeZone",
    "date",
    "originalStartTime",
    "recurringEventId",
    "recurrence",
    "attendees",
    "email",
    "organizer",
    "updated",
    "sequence",
    "type",
    "seriesMasterId",
    "pattern",
    "range",
    "interval",
    "daysOfWeek",
    "exceptionOccurrences",
    "cancelledOccurrences",
    "isAllDay",
    "@removed",
    "responseStatus",
    "response",
    "emailAddress",
    "address",
]
WORDS = st.sampled_from(
    [
        "2026-03-02T10:00:00Z",
        "2026-03-02",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "Europe/Berlin",
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=",
        "declined",
        "seriesMaster",
        "weekly",
        "cancelled",
        "ana@corp.example",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=15,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_an_event_holds_it_is_an_item(more: dict[str, Any]) -> None:
    for collected in (of_google(google(**more)), of_microsoft(cast("dict[str, Any]", microsoft() | more))):
        changed = brought(collected)
        assert changed.envelopes or changed.others
