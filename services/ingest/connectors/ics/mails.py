"""Invitations that came by mail, as calendars: whoever answered by mail has answered in them (RFC 5546, RFC 6047)."""

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta, tzinfo
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import icalendar
import recurring_ical_events
from icalendar.cal import Component

from services.ingest.connectors import eml, maildir, mbox, plain
from services.ingest.connectors.ics.component import listed, parameter, span, zone_named
from services.ingest.connectors.ics.later import is_series
from services.ingest.connectors.ics.meeting import address_of
from services.ingest.connectors.ics.parse import parse, rejected
from services.ingest.connectors.ics.patience import Impatient, patience
from services.ingest.connectors.items import Dropped, Rejected
from services.ingest.connectors.mail import MESSAGE_BYTES_MAX
from shared.errors import Refused
from shared.events.refusal import Refusal, shown

_REPLY = re.compile(rb"^METHOD:REPLY\s*$", re.IGNORECASE | re.MULTILINE)
SECONDS = 2.0
MOMENT = timedelta(seconds=1)

ANSWER = "answer"
"""Read into the meeting that it answers."""
UNASKED = "answer without its invitation"

Calendar = tuple[str, bytes | Dropped | Rejected]
"""Where it came from, and its bytes, or why there are none."""


class Answer(NamedTuple):
    """What somebody last said to one version of an invitation."""

    sequence: int
    stamped: str
    partstat: str


When = date | None
"""Which time of a series is answered; None is all of it."""
Answers = dict[str, dict[tuple[str, When], Answer]]
"""By UID, then by address and time."""


def are_mails(path: Path) -> bool:
    """Tell whether the path holds mails: an mbox, a mail, or a Maildir or folder of mails without any calendar."""
    if path.is_dir():
        return (maildir.is_one(path) or any(path.rglob(f"*{eml.SUFFIX}"))) and not any(path.rglob("*.ics"))
    return path.suffix.lower() == eml.SUFFIX or is_mbox(path)


def is_mbox(path: Path) -> bool:
    """Tell by its first line whether a file is an mbox, whatever it is called; what is piped in is not looked at."""
    if not path.is_file():
        return False
    with plain.opened(path) as opened:
        return mbox.first_line(opened).startswith(b"From ")


def contents(path: Path, zone: tzinfo) -> Iterator[Calendar]:
    """Yield the calendars that the mails hold, answers worked into them."""
    yield from with_answers(calendars(path), zone)


def with_answers(found: Iterable[Calendar], zone: tzinfo) -> Iterator[Calendar]:
    """Yield the invitations, answers worked into them; an answer by itself is told, not read as a meeting.

    Times without a zone are in `zone`, where their calendar names none.
    """
    kept = list(found)
    answers = answers_in(data for _, data in kept if isinstance(data, bytes) and _REPLY.search(data))
    asked = set[str]()
    for name, data in kept:
        if not isinstance(data, bytes):
            yield name, data
        elif not _REPLY.search(data):
            asked |= uids_in(data) if answers else set()
            yield name, answered(data, answers, zone)
    for name, data in kept:
        if isinstance(data, bytes) and _REPLY.search(data):
            yield name, Dropped(UNASKED if asked.isdisjoint(uids_in(data)) else ANSWER, name)


def calendars(path: Path) -> Iterator[Calendar]:
    """Yield every calendar in the mails of the path."""
    for name, message in messages(path):
        if isinstance(message, Rejected):
            yield name, message
        elif isinstance(message, bytes):
            yield from calendars_in(message, name)


def calendars_in(message: bytes, name: str) -> list[Calendar]:
    """Return the calendars of a mail as it was sent, or why it cannot be taken apart."""
    if b"text/calendar" not in message.lower():
        return []
    try:
        return [(name, part) for part in parts(message_from_bytes(message))]
    except Exception as error:  # noqa: BLE001 -- the library raises what it likes over charsets that cannot be
        return [(name, rejected(name, Refusal("message", shown(str(error)), "must be a mail with parts by RFC 2045")))]


def messages(path: Path) -> Iterator[Calendar]:
    """Yield every mail of the path."""
    if not path.is_dir() and path.suffix.lower() != eml.SUFFIX:
        with plain.opened(path) as opened:
            for number, message in enumerate(mbox.messages(opened, path), 1):
                yield f"message {number}", message
        return
    for file in files(path):
        name = file.name if file == path else str(file.relative_to(path))
        try:
            with plain.opened(file) as opened:
                yield name, opened.read(MESSAGE_BYTES_MAX)
        except Refused as refused:
            yield name, Rejected(str(refused), "file cannot be read", name)


def files(path: Path) -> Iterable[Path]:
    """Return the files of a mail each, without those that are drafts by flag."""
    if not path.is_dir():
        return [path]
    if maildir.is_one(path):
        return (file for file in maildir.files(path) if not maildir.is_draft(file.name))
    return eml.files(path)


def parts(message: Message) -> Iterator[bytes]:
    """Yield the calendars of a mail, not those of a mail that it forwards."""
    if message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from parts(part)
    elif message.get_content_type() == "text/calendar":
        data = message.get_payload(decode=True)
        if isinstance(data, bytes):
            yield data


def uids_in(data: bytes) -> set[str]:
    """Return which events the calendar speaks of."""
    return {uid_of(event) for event in events_in(data)}


def events_in(data: bytes) -> Iterator[Component]:
    """Yield the events of a calendar that can be read."""
    for sheet in parse(data, "").sheets:
        yield from (event for event in sheet.components if event.name == "VEVENT")


def answers_in(replies: Iterable[bytes]) -> Answers:
    """Return the latest answer of each person to each meeting, and to each time of a series that they named."""
    found: Answers = defaultdict(dict)
    for event in (event for data in replies for event in events_in(data)):
        answer = Answer(sequence_of(event), str(span(event, "DTSTAMP") or ""), "")
        of_event = found[uid_of(event)]
        for value in listed(event, "ATTENDEE"):
            key = (address_of(value) or "", when_of(event, None))
            told = answer._replace(partstat=parameter(value, "PARTSTAT"))
            of_event[key] = max(told, of_event.get(key, told))
    return found


def answered(data: bytes, answers: Answers, zone: tzinfo) -> bytes:
    """Return the calendar with the answers that were given to this version of it, or a later one."""
    if not answers:
        return data
    try:
        with patience(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            calendar = icalendar.Calendar.from_ical(data)
            zone = zone_in(calendar) or zone
            events = calendar.walk("VEVENT")
            changed = [_answer_once(calendar, event, events, answers, zone) for event in events]
            changed += [_answer(event, answers, zone) for event in calendar.walk("VEVENT")]
            return calendar.to_ical() if any(changed) else data
    except (Exception, Impatient):  # noqa: BLE001 -- what is wrong with it, reading it will tell
        return data


def _answer(event: Component, answers: Answers, zone: tzinfo) -> bool:
    """Write the answers into the event, to all of it or to this time; tell whether there was any."""
    zone, given, is_changed = zone_of(event) or zone, dict[str, Answer](), False
    for (whose, when), told in answers.get(uid_of(event), {}).items():
        if when is None or utc(when, zone) == when_of(event, zone):
            given[whose] = max(told, given.get(whose, told))
    for value in listed(event, "ATTENDEE"):
        last = given.get(address_of(value) or "")
        if last and last.partstat and last.sequence >= sequence_of(event):
            value.params["PARTSTAT"] = last.partstat
            is_changed = True
    return is_changed


def _answer_once(
    calendar: Component, series: Component, events: list[Component], answers: Answers, zone: tzinfo
) -> bool:
    """Give each time of the series that somebody answered by itself a component of its own; tell whether it did."""
    if not is_series([series]):
        return False
    of_event, zone = answers.get(uid_of(series), {}), zone_of(series) or zone
    known = {when_of(event, zone) for event in events if uid_of(event) == uid_of(series)}
    named = {utc(when, zone) for (_, when), told in of_event.items() if when and told.sequence >= sequence_of(series)}
    found = [time for when in named - known if (time := time_of(series, when, zone))]
    for time in found:
        calendar.add_component(time)
    return bool(found)


def time_of(series: Component, when: date, zone: tzinfo) -> Component | None:
    """Return the series as it is at one of its times, None where it has no such time: an answer makes no meeting."""
    alone = icalendar.Calendar()
    alone.add_component(series)
    try:
        begin = as_written(when, series, zone)
        times = recurring_ical_events.of(alone).between(begin, begin + MOMENT)
    except (ValueError, OverflowError):  # in the year 1, or 9999
        return None
    # The attendees of a copy are the series' own, and the answer is to one of its times.
    return next((deepcopy(each) for each in times if utc(span(each, "DTSTART"), zone) == when), None)


def as_written(when: date, series: Component, zone: tzinfo) -> date:
    """Return the time as the series would write it: by the clock on the wall where it names no zone."""
    start = span(series, "DTSTART")
    if isinstance(when, datetime) and isinstance(start, datetime) and start.tzinfo is None:
        return when.astimezone(zone).replace(tzinfo=None)
    return when


def when_of(event: Component, zone: tzinfo | None) -> When:
    """Return which time of its series the event is, in `zone` where it names none; None where it is all of it."""
    found = span(event, "RECURRENCE-ID")
    return utc(found, zone) if isinstance(found, date) else None


def zone_in(calendar: Component) -> tzinfo | None:
    """Return the zone that the calendar says its times are in, None where it says nothing of the kind."""
    named = next((str(value).strip() for value in listed(calendar, "X-WR-TIMEZONE")), "")
    return zone_named(named) if named else None


def zone_of(event: Component) -> tzinfo | None:
    """Return in which zone the event's own times are, None where they name none."""
    return getattr(span(event, "DTSTART"), "tzinfo", None)


def utc(found: date, zone: tzinfo | None) -> date:
    """Return a moment in UTC, so that one moment is one; `zone` is meant where it names none."""
    if not isinstance(found, datetime) or not (found.tzinfo or zone):
        return found
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # in the year 1, or 9999
        return found


def uid_of(event: Component) -> str:
    """Return the UID, empty where there is none."""
    return "".join(str(value) for value in listed(event, "UID")).strip()


def sequence_of(event: Component) -> int:
    """Return which version it is."""
    return next((int(value) for value in listed(event, "SEQUENCE") if isinstance(value, int)), 0)
