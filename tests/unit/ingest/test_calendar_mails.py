"""Invitations and answers in mails are meetings and responses."""

import gzip
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.ingest.connectors.ics import mails
from services.ingest.connectors.ics.read import Terms, read
from services.ingest.connectors.items import Dropped
from tests.unit.ingest.calendars import TERMS, calendar, event, first

ANA, BEA, US = "ana@corp.example", "bea@corp.example", "uli@ours.example"
ASKED = (f"ORGANIZER:mailto:{US}", f"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{ANA}", f"ATTENDEE:mailto:{BEA}")


def mail(method: str, *components: str) -> bytes:
    data = calendar(*components, head=f"METHOD:{method}").decode()
    head = f"From: {ANA}\nTo: {US}\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    return f"{head}--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: text/calendar; method={method}\n\n{data}\n--b--\n".encode()


def reply(answer: str, *lines: str, stamp: str = "20261101T090000Z", who: str = ANA) -> bytes:
    return mail("REPLY", event(f"ATTENDEE;PARTSTAT={answer}:mailto:{who}", f"DTSTAMP:{stamp}", *lines))


def told(tmp_path: Path, *found: bytes, terms: Terms = TERMS) -> Any:
    path = as_mbox(tmp_path / "a.mbox", found)
    assert mails.are_mails(path)
    return first(read(mails.contents(path, terms.zone), terms))


def as_mbox(path: Path, found: tuple[bytes, ...]) -> Path:
    path.write_bytes(b"".join(b"From ana Mon Mar  2 09:30:00 2026\n" + each + b"\n" for each in found))
    return path


def as_packed_mbox(path: Path, found: tuple[bytes, ...]) -> Path:
    path.write_bytes(gzip.compress(as_mbox(path, found).read_bytes()))
    return path


def as_folder(path: Path, found: tuple[bytes, ...]) -> Path:
    for number, each in enumerate(found):
        (path / str(number)).mkdir(parents=True)
        (path / str(number) / "mail.eml").write_bytes(each)
    return path


def as_maildir(path: Path, found: tuple[bytes, ...]) -> Path:
    for number, each in enumerate(found):
        folder = path / (".Sent/new" if number else "cur")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.host:2,S").write_bytes(each)
    (path / "cur" / "9.host:2,DS").write_bytes(mail("CANCEL", event(*ASKED, "SEQUENCE:9")))
    return path


@pytest.mark.parametrize("stored", [as_mbox, as_packed_mbox, as_folder, as_maildir])
def test_invitations_and_answers_are_read_alike_however_mails_are_kept(tmp_path: Path, stored: Any) -> None:
    path = stored(tmp_path / "Inbox", (INVITATION, reply("ACCEPTED")))

    assert mails.are_mails(path)
    assert responses(first(read(mails.contents(path, TERMS.zone), TERMS)))[ANA] == "accepted"


def test_a_calendar_is_no_mail(tmp_path: Path) -> None:
    (tmp_path / "cur").mkdir()
    (tmp_path / "cur" / "a.ics").write_bytes(calendar(event()))

    assert not mails.are_mails(tmp_path)
    assert not mails.are_mails(tmp_path / "cur" / "a.ics")
    assert not mails.are_mails(Path("-"))


def responses(changes: Any) -> dict[str, str | None]:
    (envelope,) = changes.envelopes
    return {person["address"]: person.get("response") for person in envelope["data"]["people"]}


INVITATION = mail("REQUEST", event(*ASKED))


@pytest.mark.parametrize("in_order", [True, False])
def test_an_answer_by_mail_is_the_response_to_the_invitation(tmp_path: Path, in_order: bool) -> None:
    found = [INVITATION, reply("ACCEPTED")]

    assert responses(told(tmp_path, *(found if in_order else found[::-1]))) == {ANA: "accepted", BEA: None}


def test_the_latest_answer_counts_and_an_answer_to_an_older_invitation_does_not(tmp_path: Path) -> None:
    later = reply("TENTATIVE", stamp="20261103T090000Z")
    moved = mail("REQUEST", event(*ASKED, "SEQUENCE:1"))

    assert responses(told(tmp_path, INVITATION, later, reply("ACCEPTED")))[ANA] == "tentative"
    assert responses(told(tmp_path, INVITATION, later, moved))[ANA] is None
    assert responses(told(tmp_path, moved, reply("ACCEPTED", "SEQUENCE:1")))[ANA] == "accepted"


def test_a_meeting_that_all_of_them_declined_by_mail_is_none(tmp_path: Path) -> None:
    found = told(tmp_path, INVITATION, reply("DECLINED"), reply("DECLINED", who=BEA))

    assert found.envelopes == []
    assert reasons(found) == ["answer", "answer", "declined"]


def reasons(found: Any) -> list[str]:
    return [item.reason for item in found.others if isinstance(item, Dropped)]


def test_an_answer_whose_invitation_is_not_here_is_told_as_that(tmp_path: Path) -> None:
    found = told(tmp_path, INVITATION, reply("ACCEPTED"), reply("DECLINED").replace(b"UID:one@x", b"UID:other@x"))

    assert reasons(found) == ["answer", "answer without its invitation"]
    assert responses(found) == {ANA: "accepted", BEA: None}


DAILY = mail("REQUEST", event(*ASKED, "RRULE:FREQ=DAILY;COUNT=4"))


def days_with(found: Any, who: str, answer: str | None) -> list[str]:
    return sorted(
        envelope["time"][8:10]
        for envelope in found.envelopes
        for person in envelope["data"]["people"]
        if person["address"] == who and person.get("response") == answer
    )


def test_an_answer_to_one_time_of_a_series_is_the_response_to_that_one(tmp_path: Path) -> None:
    once = reply("DECLINED", "RECURRENCE-ID:20261111T090000Z", stamp="20261102T090000Z")

    found = told(tmp_path, DAILY, reply("ACCEPTED"), once)

    assert days_with(found, ANA, "declined") == ["11"]
    assert days_with(found, ANA, "accepted") == ["10", "12", "13"]
    assert len(found.envelopes) == 4
    assert len(told(tmp_path, once, DAILY).envelopes) == 4


@pytest.mark.parametrize(
    "named", [":20261115T150000Z", ":20261111T110000", ";VALUE=DATE:20261111", ";TZID=Asia/Tokyo:20261111T090000"]
)
def test_an_answer_to_a_time_that_is_none_of_the_series_makes_no_meeting(tmp_path: Path, named: str) -> None:
    answer = reply("ACCEPTED", f"RECURRENCE-ID{named}")

    assert told(tmp_path, DAILY, answer).envelopes == told(tmp_path, DAILY).envelopes


@pytest.mark.parametrize(
    "rule", ["RRULE:FREQ=DAILY;COUNT=4", "RDATE;TZID=Europe/Berlin:20261111T090000,20261112T090000,20261113T090000"]
)
@pytest.mark.parametrize("named", [":20261111T080000Z", ";TZID=Europe/Berlin:20261111T090000", ":20261111T090000"])
def test_an_answer_names_its_time_in_whatever_zone_or_in_none(tmp_path: Path, named: str, rule: str) -> None:
    series = event(*ASKED, rule, start="DTSTART;TZID=Europe/Berlin:20261110T090000")

    found = told(tmp_path, mail("REQUEST", series), reply("DECLINED", f"RECURRENCE-ID{named}"))

    assert days_with(found, ANA, "declined") == ["11"]
    assert [its["time"][8:13] for its in found.envelopes] == ["10T08", "11T08", "12T08", "13T08"]


@pytest.mark.parametrize(("how", "at"), [("", "T090000"), (";VALUE=DATE", "")])
@pytest.mark.parametrize("rule", ["RRULE:FREQ=DAILY;COUNT=4", "RDATE{how}:20261111{at},20261112{at},20261113{at}"])
def test_a_series_without_a_zone_is_answered_in_its_own_words(tmp_path: Path, how: str, at: str, rule: str) -> None:
    series = event(*ASKED, rule.format(how=how, at=at), start=f"DTSTART{how}:20261110{at}", length="")

    found = told(tmp_path, mail("REQUEST", series), reply("DECLINED", f"RECURRENCE-ID{how}:20261111{at}"))

    assert days_with(found, ANA, "declined") == ["11"]
    assert len(found.envelopes) == 4


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("head", "zone"),
    [("", BERLIN), ("X-WR-TIMEZONE:Europe/Berlin", UTC), ("X-WR-TIMEZONE:W. Europe Standard Time", UTC)],
)
@pytest.mark.parametrize("named", [":20261111T080000Z", ";TZID=Asia/Tokyo:20261111T170000", ":20261111T090000"])
def test_a_series_without_a_zone_is_answered_in_whatever_zone(
    tmp_path: Path, named: str, head: str, zone: tzinfo
) -> None:
    series = event(*ASKED, "RRULE:FREQ=DAILY;COUNT=4", start="DTSTART:20261110T090000")
    asked = mail("REQUEST", series).replace(b"METHOD:REQUEST", f"METHOD:REQUEST\r\n{head}".strip().encode())

    found = told(tmp_path, asked, reply("DECLINED", f"RECURRENCE-ID{named}"), terms=TERMS._replace(zone=zone))

    assert days_with(found, ANA, "declined") == ["11"]
    assert sorted(its["time"][8:13] for its in found.envelopes) == ["10T08", "11T08", "12T08", "13T08"]


def test_an_answer_to_a_time_that_was_moved_is_read_into_it(tmp_path: Path) -> None:
    series = event(*ASKED, "RRULE:FREQ=DAILY;COUNT=4", start="DTSTART;TZID=Europe/Berlin:20261110T090000")
    moved = event(
        *ASKED, "RECURRENCE-ID;TZID=Europe/Berlin:20261111T090000", start="DTSTART;TZID=Europe/Berlin:20261111T150000"
    )

    within_it = reply("DECLINED", "RECURRENCE-ID:20261111T093000")  # no time of the series
    found = told(
        tmp_path, mail("REQUEST", series, moved), reply("DECLINED", "RECURRENCE-ID:20261111T090000"), within_it
    )

    assert days_with(found, ANA, "declined") == ["11"]
    assert sorted(its["time"][8:13] for its in found.envelopes) == ["10T08", "11T14", "12T08", "13T08"]


def test_an_answer_to_a_time_that_was_taken_out_makes_no_meeting(tmp_path: Path) -> None:
    series = event(*ASKED, "RDATE:20261111T090000Z,20261112T090000Z", "EXDATE:20261111T090000Z")

    found = told(tmp_path, mail("REQUEST", series), reply("ACCEPTED", "RECURRENCE-ID:20261111T090000Z"))

    assert sorted(its["time"][8:10] for its in found.envelopes) == ["10", "12"]


def test_an_answer_to_a_time_with_a_length_of_its_own_leaves_it_that(tmp_path: Path) -> None:
    series = event(*ASKED, "RDATE;VALUE=PERIOD:20261111T090000Z/PT3H")

    found = told(tmp_path, mail("REQUEST", series), reply("ACCEPTED", "RECURRENCE-ID:20261111T090000Z"))

    assert days_with(found, ANA, "accepted") == ["11"]
    assert sorted(its["data"]["duration_minutes"] for its in found.envelopes) == [60, 180]


def test_an_answer_to_a_time_out_of_all_years_costs_itself_only(tmp_path: Path) -> None:
    nonsense = reply("DECLINED", "RECURRENCE-ID;TZID=Asia/Tokyo:00010101T000000")

    assert len(told(tmp_path, DAILY, nonsense).envelopes) == 4


def test_a_later_answer_to_all_of_a_series_overrules_one_to_a_single_time(tmp_path: Path) -> None:
    once = reply("DECLINED", "RECURRENCE-ID:20261111T090000Z")

    found = told(tmp_path, DAILY, once, reply("ACCEPTED", stamp="20261105T090000Z"))

    assert days_with(found, ANA, "accepted") == ["10", "11", "12", "13"]


def test_a_mail_that_moves_one_time_and_all_that_follow_moves_all_that_follow(tmp_path: Path) -> None:
    moved = event(
        *ASKED, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261111T090000Z", "SEQUENCE:1", start="DTSTART:20261111T140000Z"
    )
    times = ["10T09", "11T14", "12T14", "13T14"]

    assert [its["time"][8:13] for its in told(tmp_path, DAILY, mail("REQUEST", moved)).envelopes] == times
    assert sorted(its["time"][8:13] for its in told(tmp_path, mail("REQUEST", moved), DAILY).envelopes) == times


def test_a_mail_that_calls_one_time_and_all_that_follow_off_leaves_those_before(tmp_path: Path) -> None:
    off = event(*ASKED, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261112T090000Z", "SEQUENCE:1", start="")

    found = told(tmp_path, DAILY, mail("CANCEL", off))

    assert [its["time"][8:10] for its in found.envelopes] == ["10", "11"]


def test_a_cancellation_by_mail_calls_the_meeting_off(tmp_path: Path) -> None:
    assert told(tmp_path, INVITATION, mail("CANCEL", event(*ASKED, "SEQUENCE:1"))).envelopes == []


def test_a_cancellation_that_counts_no_further_calls_a_whole_series_off(tmp_path: Path) -> None:
    series = mail("REQUEST", event(*ASKED, "RRULE:FREQ=DAILY;COUNT=3"))

    assert len(told(tmp_path, series).envelopes) == 3
    assert told(tmp_path, series, mail("CANCEL", event(*ASKED))).envelopes == []


def test_what_a_mail_forwards_is_nobodys_invitation_to_us(tmp_path: Path) -> None:
    forwarded = b"From: x@corp.example\nContent-Type: message/rfc822\n\n" + INVITATION

    assert told(tmp_path, INVITATION.replace(b"text/calendar", b"text/plain"), forwarded).envelopes == []


def test_broken_calendars_in_mails_cost_themselves_only(tmp_path: Path) -> None:
    broken = INVITATION.replace(b"END:VEVENT", b"END:NOTHING")

    found = told(tmp_path, broken, reply("ACCEPTED").replace(b"END:VEVENT", b""), INVITATION)

    assert len(found.envelopes) == 1


def test_a_mail_that_cannot_be_taken_apart_is_rejected_and_costs_itself_only(tmp_path: Path) -> None:
    broken = INVITATION.replace(b"boundary=b", b"boundary*=a\x00'en'b")

    found = told(tmp_path, broken, INVITATION)

    assert len(found.envelopes) == 1
    assert [item.rule for item in found.others] == ["message must be a mail with parts by RFC 2045"]
