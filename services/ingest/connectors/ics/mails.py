"""Invitations that came by mail, as calendars: whoever answered by mail has answered in them (RFC 5546, RFC 6047)."""

import re
import warnings
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import icalendar
from icalendar.cal import Component

from services.ingest.connectors import eml, maildir, mbox, plain
from services.ingest.connectors.ics.component import listed, parameter, span
from services.ingest.connectors.ics.meeting import address_of
from services.ingest.connectors.ics.parse import parse
from services.ingest.connectors.ics.patience import Impatient, patience
from services.ingest.connectors.items import Rejected
from services.ingest.connectors.mail import MESSAGE_BYTES_MAX
from shared.errors import Refused

_REPLY = re.compile(rb"^METHOD:REPLY\s*$", re.IGNORECASE | re.MULTILINE)
SECONDS = 2.0

Calendar = tuple[str, bytes | Rejected]
"""Where it came from, and its bytes."""


class Answer(NamedTuple):
    """What somebody last said to one version of an invitation."""

    sequence: int
    stamped: str
    partstat: str


Answers = dict[tuple[str, str], Answer]
"""By UID and address."""


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


def contents(path: Path) -> Iterator[Calendar]:
    """Yield the calendars that the mails hold, answers worked into them."""
    found = list(calendars(path))
    answers = answers_in(data for _, data in found if isinstance(data, bytes) and _REPLY.search(data))
    for name, data in found:
        if isinstance(data, Rejected):
            yield name, data
        elif not _REPLY.search(data):
            yield name, answered(data, answers)


def calendars(path: Path) -> Iterator[Calendar]:
    """Yield every calendar in the mails of the path."""
    for name, message in messages(path):
        if isinstance(message, Rejected):
            yield name, message
        elif b"text/calendar" in message.lower():
            for part in parts(message_from_bytes(message)):
                yield name, part


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


def answers_in(replies: Iterable[bytes]) -> Answers:
    """Return the latest answer of each person to each meeting; an answer to one time of a series is left out."""
    found: Answers = {}
    for event in (event for data in replies for sheet in parse(data, "").sheets for event in sheet.components):
        if event.name != "VEVENT" or "RECURRENCE-ID" in event:
            continue
        answer = Answer(sequence_of(event), str(span(event, "DTSTAMP") or ""), "")
        for value in listed(event, "ATTENDEE"):
            key = (uid_of(event), address_of(value) or "")
            told = answer._replace(partstat=parameter(value, "PARTSTAT"))
            found[key] = max(told, found.get(key, told))
    return found


def answered(data: bytes, answers: Answers) -> bytes:
    """Return the calendar with the answers that were given to this version of it, or a later one."""
    if not answers:
        return data
    try:
        with patience(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            calendar = icalendar.Calendar.from_ical(data)
            changed = [_answer(event, answers) for event in calendar.walk("VEVENT")]
            return calendar.to_ical() if any(changed) else data
    except (Exception, Impatient):  # noqa: BLE001 -- what is wrong with it, reading it will tell
        return data


def _answer(event: Component, answers: Answers) -> bool:
    """Write the answers into the event; tell whether there was any."""
    is_changed = False
    for value in listed(event, "ATTENDEE"):
        told = answers.get((uid_of(event), address_of(value) or ""))
        if told and told.partstat and told.sequence >= sequence_of(event):
            value.params["PARTSTAT"] = told.partstat
            is_changed = True
    return is_changed


def uid_of(event: Component) -> str:
    """Return the UID, empty where there is none."""
    return "".join(str(value) for value in listed(event, "UID")).strip()


def sequence_of(event: Component) -> int:
    """Return which version it is."""
    return next((int(value) for value in listed(event, "SEQUENCE") if isinstance(value, int)), 0)
