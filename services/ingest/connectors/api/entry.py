"""An event of an API's calendar as iCalendar: then it is judged by the same rules as events from anywhere else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.ingest.connectors.ics.read import digest

_RECURRENCE = re.compile(r"(?:RRULE|EXRULE|RDATE|EXDATE)[;:][!-~]+", re.IGNORECASE)


class Guest(NamedTuple):
    """Somebody who was asked to come."""

    address: str
    answer: str
    """As iCalendar writes it: ACCEPTED, TENTATIVE, DECLINED or NEEDS-ACTION."""
    is_room: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one event, or of one time that a recurring event takes place."""

    id: str
    """As the API knows it."""
    uid: str
    """As every calendar knows it."""
    starts: date | None
    """A day, or a moment with its zone; None where only its end is told."""
    ends: date | None = None
    slot: date | None = None
    """Which time of a series it is, by when that was to begin."""
    recurrence: tuple[str, ...] = ()
    """Lines of iCalendar."""
    organizer: str = ""
    guests: tuple[Guest, ...] = ()
    sequence: int = 0
    changed_at: datetime | None = None
    is_cancelled: bool = False
    is_free: bool = False

    @property
    def prefix(self) -> str:
        """Return what the names of its touchpoints begin with."""
        return digest(self.uid) if self.slot is None else f"{digest(self.uid)}-{slot_of(self.slot)}"

    @property
    def changed(self) -> float:
        """Return when it was changed, in seconds since 1970; 0 where nobody says."""
        return self.changed_at.timestamp() if self.changed_at else 0.0


def calendars(entries: Iterable[Entry]) -> list[bytes]:
    """Return the entries as iCalendar; what several mailboxes tell of one time stands in calendars of their own."""
    sheets: list[list[Entry]] = []
    told: dict[tuple[str, date | None], int] = {}
    for entry in entries:
        which = told[entry.uid, entry.slot] = told.get((entry.uid, entry.slot), -1) + 1
        if which == len(sheets):
            sheets.append([])
        sheets[which].append(entry)
    return [sheet_of(sheet) for sheet in sheets]


def sheet_of(entries: list[Entry]) -> bytes:
    """Return one calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:attune"]
    for entry in entries:
        lines += lines_of(entry)
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode(errors="replace")


def lines_of(entry: Entry) -> list[str]:
    """Return the entry's lines."""
    lines = ["BEGIN:VEVENT", f"UID:{plain(entry.uid)}", f"SEQUENCE:{entry.sequence}"]
    zone = entry.starts.tzinfo if entry.recurrence and isinstance(entry.starts, datetime) else None
    lines += [time_of("DTSTART", entry.starts, zone)] if entry.starts else []
    lines += [time_of("DTEND", entry.ends, zone)] if entry.ends else []
    lines += [time_of("RECURRENCE-ID", entry.slot)] if entry.slot else []
    lines += [time_of("LAST-MODIFIED", entry.changed_at)] if entry.changed_at else []
    lines += [line for line in entry.recurrence if _RECURRENCE.fullmatch(line)]
    lines += ["STATUS:CANCELLED"] if entry.is_cancelled else []
    lines += ["TRANSP:TRANSPARENT"] if entry.is_free else []
    lines += [f"ORGANIZER:mailto:{plain(entry.organizer)}"] if entry.organizer else []
    lines += [guest_line(guest) for guest in entry.guests]
    return [*lines, "END:VEVENT"]


def guest_line(guest: Guest) -> str:
    """Return the line of an attendee."""
    room = ";CUTYPE=ROOM" if guest.is_room else ""
    return f"ATTENDEE;PARTSTAT={guest.answer}{room}:mailto:{plain(guest.address)}"


def time_of(name: str, when: date, zone: tzinfo | None = None) -> str:
    """Return the line of a time: in its zone where it recurs, so that summer comes as it does there."""
    if not isinstance(when, datetime):
        return f"{name};VALUE=DATE:{when:%Y%m%d}"
    if isinstance(zone, ZoneInfo):
        return f"{name};TZID={zone.key}:{when.astimezone(zone):%Y%m%dT%H%M%S}"
    return f"{name}:{slot_of(when)}"


def slot_of(when: date) -> str:
    """Return the time as its name in a series."""
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(when, datetime) else f"{when:%Y%m%d}"


def plain(text: str) -> str:
    """Return the text on one line, without what would end a value."""
    return "".join(character for character in text if character.isprintable()).strip()
