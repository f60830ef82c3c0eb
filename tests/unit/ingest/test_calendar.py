"""What a calendar says, by example: who met, when, for how long, and what is no meeting."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.items import Dropped, Rejected
from tests.unit.ingest.calendars import ANA, EVER, TERMS, US, calendar, event, first, reading

WEEKLY = "RRULE:FREQ=WEEKLY"
TIMEZONE = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE"""


def published(*calendars: bytes, terms: Any = TERMS) -> list[dict[str, Any]]:
    return first(reading(*calendars, terms=terms)).envelopes


def times(*calendars: bytes, terms: Any = TERMS) -> list[str]:
    return [found["time"] for found in published(*calendars, terms=terms)]


def only(*lines: str, **more: str) -> dict[str, Any]:
    (found,) = published(calendar(event(*lines, **more)))
    return found


def others(*calendars: bytes) -> list[Dropped | Rejected]:
    return first(reading(*calendars)).others


def reasons(*calendars: bytes) -> list[str]:
    return [item.reason for item in others(*calendars)]


def test_an_organizer_that_google_makes_up_is_nobody() -> None:
    found = only("ORGANIZER:mailto:unknownorganizer@calendar.google.com", US, ANA)

    assert [person["address"] for person in found["data"]["people"]] == ["ana@corp.example"]
    assert found["data"]["breadth"] == 2


def test_a_meeting_tells_who_was_met_when_and_for_how_long() -> None:
    bob = "ATTENDEE;PARTSTAT=TENTATIVE:MAILTO:Bob@Corp.Example"

    found = only("ORGANIZER:mailto:me@ours.example", US, ANA, bob)

    assert found["time"] == "2026-11-10T09:00:00Z"
    assert found["data"] == {
        "kind": "meeting",
        "people": [
            {"address": "ana@corp.example", "response": "accepted"},
            {"address": "bob@corp.example", "response": "tentative"},
        ],
        "duration_minutes": 60.0,
        "breadth": 3,
        "by": "me@ours.example",
    }


def test_nothing_private_leaves_the_calendar() -> None:
    found = str(only("SUMMARY:Merger", "DESCRIPTION:secret plan", "LOCATION:Room 7", uid="ana-and-me@private.example"))

    assert not [word for word in ("Merger", "secret", "Room", "private") if word in found]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["STATUS:CANCELLED"], "cancelled"),
        (["TRANSP:TRANSPARENT"], "transparent"),
        ([US], "nobody outside"),
        (["ATTENDEE;CUTYPE=ROOM:mailto:room@corp.example", US], "nobody outside"),
        (["ATTENDEE;CUTYPE=GROUP:mailto:all@corp.example", US], "nobody outside"),
        (["ATTENDEE;ROLE=NON-PARTICIPANT:mailto:ana@corp.example", US], "nobody outside"),
        (["ATTENDEE;PARTSTAT=DECLINED:mailto:ana@corp.example", US], "declined"),
        (["ATTENDEE;PARTSTAT=DELEGATED:mailto:ana@corp.example", US], "declined"),
        ([ANA, "ATTENDEE;PARTSTAT=DECLINED:mailto:me@ours.example"], "declined"),
    ],
)
def test_what_is_no_meeting_is_dropped_by_name(lines: list[str], reason: str) -> None:
    assert reasons(calendar(event(*lines))) == [reason]


def test_an_entry_that_nobody_was_asked_to_met_nobody_even_if_somebody_else_wrote_it() -> None:
    entry = "BEGIN:VEVENT\nUID:1\nDTSTART:20261110T090000Z\nORGANIZER:mailto:ana@corp.example\nEND:VEVENT"

    assert reasons(calendar(entry)) == ["nobody outside"]


@pytest.mark.parametrize("name", ["VTODO", "VJOURNAL", "VFREEBUSY"])
def test_other_components_are_dropped_by_name(name: str) -> None:
    assert reasons(calendar(f"BEGIN:{name}\nUID:1\nEND:{name}")) == [f"{name} is no meeting"]


def test_one_who_declined_is_told_among_those_who_came() -> None:
    people = only(ANA, "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@corp.example")["data"]["people"]

    assert [person["response"] for person in people] == ["accepted", "declined"]


def test_a_whole_day_counts_only_with_people_outside_and_then_without_a_length() -> None:
    day = {"start": "DTSTART;VALUE=DATE:20261110", "length": "P1D"}

    assert reasons(calendar(event(US, **day))) == ["all-day"]
    assert only("TRANSP:TRANSPARENT", US, ANA, **day)["data"].keys() == {"kind", "people", "breadth", "by"}


@pytest.mark.parametrize(("length", "told"), [("PT24H", 1440.0), ("PT25H", None), ("PT0S", None), ("", None)])
def test_a_length_is_told_where_somebody_may_have_sat_so_long(length: str, told: float | None) -> None:
    assert only(length=length)["data"].get("duration_minutes") == told


def test_a_meeting_is_a_plan_until_it_has_ended() -> None:
    terms = [TERMS._replace(now=datetime(2026, 11, 10, 10, tzinfo=UTC) - timedelta(seconds=late)) for late in (1, 0)]

    under_way, over = (published(calendar(event()), terms=moment)[0] for moment in terms)

    assert under_way["data"]["planned"]
    assert "planned" not in over["data"]
    assert under_way["id"] != over["id"]


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("DTSTART;TZID=Europe/Berlin:20261110T100000", "2026-11-10T09:00:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20261110T100000", "2026-11-10T09:00:00Z"),
        ("DTSTART;TZID=/vendor.example/Europe/Berlin:20261110T100000", "2026-11-10T09:00:00Z"),
        ("DTSTART;TZID=Ours:20261110T100000", "2026-11-10T07:00:00Z"),
        ("DTSTART:20261110T100000", "2026-11-10T15:00:00Z"),
        ("DTSTART;TZID=Nowhere:20261110T100000", "2026-11-10T15:00:00Z"),
        ("DTSTART;VALUE=DATE:20261110", "2026-11-10T05:00:00Z"),
    ],
)
def test_every_way_to_write_a_time_is_one_moment(start: str, told: str) -> None:
    terms = TERMS._replace(zone=ZoneInfo("America/New_York"))

    assert times(calendar(TIMEZONE, event(start=start)), terms=terms) == [told]


def test_times_without_a_zone_are_in_the_calendars_own() -> None:
    assert times(calendar(event(start="DTSTART:20261110T100000"), head="X-WR-TIMEZONE:Europe/Berlin")) == [
        "2026-11-10T09:00:00Z"
    ]


def test_an_unknown_zone_is_told() -> None:
    notes = reading(calendar(event(start="DTSTART;TZID=Nowhere:20261110T100000"))).notes

    assert notes == ["0.ics: time zone 'Nowhere' is unknown: read as UTC"]


def test_a_zone_that_one_file_makes_up_says_nothing_in_another() -> None:
    with_zone = calendar(TIMEZONE, event(start="DTSTART;TZID=Ours:20261110T100000"))
    without = calendar(event(start="DTSTART;TZID=Ours:20261111T100000", uid="two@x"))

    assert times(with_zone, without) == ["2026-11-10T07:00:00Z", "2026-11-11T10:00:00Z"]


def test_a_recurrence_keeps_its_hour_over_the_change_of_clocks_without_what_was_taken_out_and_with_what_was_added() -> (
    None
):
    weekly = event(
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/Berlin:20261026T100000",
        "RDATE;TZID=Europe/Berlin:20261028T160000",
        start="DTSTART;TZID=Europe/Berlin:20261019T100000",
    )

    assert sorted(times(calendar(weekly))) == [
        "2026-10-19T08:00:00Z",
        "2026-10-28T15:00:00Z",
        "2026-11-02T09:00:00Z",
        "2026-11-09T09:00:00Z",
    ]


def test_one_occurrence_may_be_moved_and_another_called_off() -> None:
    moved = event("RECURRENCE-ID:20261110T090000Z", start="DTSTART:20261111T150000Z")
    off = event("RECURRENCE-ID:20261117T090000Z", "STATUS:CANCELLED", start="DTSTART:20261117T090000Z")
    data = calendar(event("RRULE:FREQ=WEEKLY;COUNT=3", start="DTSTART:20261103T090000Z"), moved, off)

    assert sorted(times(data)) == ["2026-11-03T09:00:00Z", "2026-11-11T15:00:00Z"]
    assert reasons(data) == ["cancelled"]


def test_a_change_for_all_later_ones_moves_each_and_each_stays_itself() -> None:
    later = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261110T090000Z", start="DTSTART:20261110T110000Z")
    found = published(calendar(event("RRULE:FREQ=WEEKLY;COUNT=4", start="DTSTART:20261103T090000Z"), later))

    assert sorted(envelope["time"][5:13] for envelope in found) == ["11-03T09", "11-10T11", "11-17T11", "11-24T11"]
    assert sorted(envelope["id"].split("-")[1][4:11] for envelope in found) == [
        "1103T09",
        "1110T09",
        "1117T09",
        "1124T09",
    ]


def test_a_series_that_became_whole_days_is_known_by_these() -> None:
    later = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261110T090000Z", start="DTSTART;VALUE=DATE:20261111", length="P1D"
    )
    found = published(calendar(event("RRULE:FREQ=WEEKLY;COUNT=3", start="DTSTART:20261103T090000Z"), later))

    assert found
    assert len({envelope["id"] for envelope in found}) == len(found)


def test_only_what_lies_in_the_window_is_told() -> None:
    terms = TERMS._replace(window=Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)))

    assert times(calendar(event(WEEKLY, start="DTSTART:20200106T090000Z")), terms=terms) == [
        "2026-11-09T09:00:00Z",
        "2026-11-16T09:00:00Z",
    ]
    assert first(reading(calendar(event(start="DTSTART:20200106T090000Z")), terms=terms)).others == [
        Dropped("outside --from and --to", "0.ics: one@x")
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY;UNTIL=21261110T090000Z",
        "FREQ=SECONDLY;COUNT=3153600000",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_recurrence_without_end_or_sense_is_soon_dealt_with(rule: str) -> None:
    begun = time.process_time()

    found = first(reading(calendar(event(f"RRULE:{rule}", start="DTSTART:20200101T090000Z"), event(uid="two@x"))))

    assert time.process_time() - begun < 8
    assert [envelope["time"] for envelope in found.envelopes] == ["2026-11-10T09:00:00Z"]
    assert Counter(type(item) for item in found.others).total() == 1


def test_a_recurrence_that_counts_to_ten_is_counted_however_often_it_comes_round() -> None:
    rule = "RRULE:FREQ=MINUTELY;INTERVAL=60;COUNT=10;BYHOUR=11,12"

    assert (
        len(first(reading(calendar(event(rule, start="DTSTART:20200101T110000Z"), event()), terms=EVER)).envelopes)
        == 10
    )


def test_what_cannot_be_read_says_what_to_mend() -> None:
    times = first(reading(calendar(event("RDATE;VALUE=TIME:083000"))))
    nothing = first(reading(b"BEGIN:VCALENDAR\nGEO:geo:1,2\nEND:VCALENDAR\n"))

    assert [item.rule for item in times.others if isinstance(item, Rejected)] == [
        "RDATE must hold dates or moments, not times of a day"
    ]
    assert [item.rule for item in nothing.others if isinstance(item, Rejected)] == ["file holds no VEVENT"]


@pytest.mark.parametrize("rule", ["FREQ=YEARLY;INTERVAL=0", "FREQ=SECONDLY", "FREQ=YEARLY;BYSEC\n OND=1,2"])
def test_a_zone_that_changes_its_clocks_all_the_time_is_told_and_not_counted_through(rule: str) -> None:
    zone = TIMEZONE.replace("TZOFFSETFROM", f"RRULE:{rule}\nTZOFFSETFROM")
    begun = time.process_time()

    found = reading(calendar(zone, event(start="DTSTART;TZID=Ours:20261110T100000")))

    assert time.process_time() - begun < 2
    assert [envelope["time"] for envelope in first(found).envelopes] == ["2026-11-10T10:00:00Z"]
    assert len(found.notes) == 2


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (["RRULE:FREQ=SOMETIMES"], "RRULE"),
        (["EXDATE:never"], "EXDATE"),
        (["DTEND:20261110T080000Z"], "DTEND"),
        (["DTSTART:20261111T090000Z"], "DTSTART"),
        (["RECURRENCE-ID:yesterday"], "RECURRENCE-ID"),
    ],
)
def test_an_event_whose_time_is_in_doubt_is_refused_and_costs_no_other(lines: list[str], field: str) -> None:
    found = first(reading(calendar(event(*lines, length=""), event(uid="two@x"))))

    assert len(found.envelopes) == 1
    (refused,) = found.others
    assert isinstance(refused, Rejected)
    assert refused.reason.startswith(f"0.ics: one@x: {field}: ")


def test_what_is_cut_off_is_refused_and_what_came_before_is_read() -> None:
    data = calendar(event(uid="two@x"), event())[:-60]

    found = first(reading(data))

    assert len(found.envelopes) == 1
    assert [item.reason for item in found.others] == ["0.ics: one@x: VEVENT: no END — must end: is the file cut off?"]


def test_the_latest_version_of_a_meeting_counts_wherever_it_stands() -> None:
    old, new = event("SEQUENCE:1"), event("SEQUENCE:2", start="DTSTART:20261112T090000Z")

    for files in ([old, new], [new, old]):
        assert times(*map(calendar, files)) == ["2026-11-12T09:00:00Z"]
        assert reasons(*map(calendar, files)) == ["another version counts"]


def test_a_cancellation_in_a_file_of_its_own_calls_off_the_whole_series() -> None:
    series = calendar(event("RRULE:FREQ=WEEKLY;COUNT=3", "SEQUENCE:1"))
    cancellation = calendar("BEGIN:VEVENT\nUID:one@x\nSEQUENCE:2\nEND:VEVENT", head="METHOD:CANCEL")

    assert times(series) != []
    assert times(series, cancellation) == []


def test_a_reply_is_no_meeting() -> None:
    assert reasons(calendar(event(), head="METHOD:REPLY")) == ["a reply"]


def test_who_is_met_is_found_in_the_email_parameter_where_the_value_is_no_address() -> None:
    apple = 'ATTENDEE;CN="Ana";EMAIL=ana@corp.example:/aMTIz/principal/'

    assert only(apple)["data"]["people"] == [{"address": "ana@corp.example"}]


def test_more_people_than_an_event_may_hold_are_refused() -> None:
    crowd = [f"ATTENDEE:mailto:{number}@corp.example" for number in range(501)]

    assert reasons(calendar(event(*crowd))) == [
        "0.ics: one@x 2026-11-10T09:00Z: ATTENDEE: 501 people — must be 500 people outside at most"
    ]


def test_what_lies_before_all_time_is_refused() -> None:
    data = calendar(event(start="DTSTART:19600101T090000Z", length="P9000D"))

    assert "must not lie before 1970" in first(reading(data, terms=EVER)).others[0].reason


def test_utf16_is_read_as_its_first_bytes_say() -> None:
    assert times(calendar(event()).decode().encode("utf-16")) == ["2026-11-10T09:00:00Z"]
