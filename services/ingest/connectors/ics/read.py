"""Reads calendars: every occurrence of every event, each the latest version of itself."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from icalendar.cal import Component

from services.ingest.connectors import plain
from services.ingest.connectors.ics.component import listed, span, word, zone_named
from services.ingest.connectors.ics.expand import ONCE, SECONDS_MAX, Occurrence, Window, occurrences
from services.ingest.connectors.ics.later import Later, begin_in, is_alone, is_for_all_later, is_series
from services.ingest.connectors.ics.meeting import CANCELLED, meeting
from services.ingest.connectors.ics.parse import Sheet, parse, rejected
from services.ingest.connectors.ics.rules import rough
from services.ingest.connectors.items import Dropped, Rejected
from services.ingest.interpret import Policy
from shared.errors import Refused
from shared.events.refusal import Refusal

FILE_BYTES_MAX = 100_000_000
FILE_SECONDS_MAX = 60.0
SUFFIXES = frozenset({".ics", ".ical", ".ifb", ".icalendar", ".vcs"})
NO_TIMES = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
EVER = Window(datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Terms(NamedTuple):
    """By what everything is read."""

    window: Window
    zone: tzinfo
    """Of times that name none, in calendars that name none."""
    policy: Policy
    now: datetime


class Version(NamedTuple):
    """One occurrence as one calendar tells it."""

    key: str
    """Of the occurrence: all its versions share it."""
    uid: str
    """A digest of the event's UID."""
    sequence: int
    changed: int
    """When it was last changed, in seconds since 1970; 0 where nobody says."""
    stamped: int
    """When it was written down, likewise."""
    ends_at: datetime
    item: str
    """What people are told of it."""
    found: dict[str, Any] | str | Refusal
    """Time and data of its touchpoint, or why there is none."""

    @property
    def rank(self) -> tuple[int, int]:
        """Return what a later version has more of."""
        return self.sequence, self.changed


@dataclass
class Reading:
    """What the calendars hold."""

    versions: dict[str, Version] = field(default_factory=dict)
    """The latest of each occurrence."""
    others: list[Dropped | Rejected] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Events (digests of their UIDs) of which something could not be read: what is missing of them is not gone."""
    is_whole: bool = True
    """False when it is not known which events could not be read."""
    notes: list[str] = field(default_factory=list)
    cancelled: dict[str, int] = field(default_factory=dict)
    """Events that were called off altogether, with the sequence of that."""
    later: list[Later] = field(default_factory=list)
    """Changes to all later times of a series that is not in here."""

    def add(self, version: Version) -> None:
        """Keep the later one of two versions of an occurrence."""
        known = self.versions.get(version.key)
        if known and (*known.rank, known.stamped) >= (*version.rank, version.stamped):
            self.others.append(Dropped("another version counts", version.item))
            return
        if known:
            self.others.append(Dropped("another version counts", known.item))
        self.versions[version.key] = version

    def settle(self) -> None:
        """Drop what a cancellation took back that came in a file of its own."""
        for key, version in self.versions.items():
            if isinstance(version.found, dict) and self.cancelled.get(version.uid, -1) >= version.sequence:
                self.versions[key] = version._replace(found=CANCELLED)


def files(path: Path) -> list[Path]:
    """Return the calendars of a folder, or the one file; raise Refused when there are none."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        raise Refused(f"{path}: holds no calendar (a file that ends in .ics)")
    return found


class Part(NamedTuple):
    """What one calendar holds of one event."""

    events: list[Component]
    method: str
    name: str
    zone_name: str | None
    zone: tzinfo


class Apart(NamedTuple):
    """What can only be read when all calendars are known."""

    series: dict[str, list[Part]]
    changes: dict[str, list[Part]]
    """To all later times of a series, without the series; both by UID."""


def contents(path: Path) -> Iterator[tuple[str, bytes | Rejected]]:
    """Yield each file's name and bytes, or why it cannot be read."""
    found = files(path)
    for file in found:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        try:
            with plain.opened(file) as opened:
                data = opened.read(FILE_BYTES_MAX + 1)
        except Refused as refused:
            if len(found) == 1:
                raise
            yield name, Rejected(str(refused), "file must be readable", name)
            continue
        if len(data) > FILE_BYTES_MAX:
            yield name, rejected(name, Refusal("file", "its size", f"must be {FILE_BYTES_MAX} bytes at most"))
        else:
            yield name, data


def read(calendars: Iterable[tuple[str, bytes | Dropped | Rejected]], terms: Terms) -> Reading:
    """Return everything the calendars hold in the window."""
    reading, apart = Reading(), Apart(defaultdict(list), defaultdict(list))
    for name, data in calendars:
        if isinstance(data, bytes):
            _read_file(reading, data, name, terms, apart)
        else:
            reading.others.append(data)
            reading.is_whole &= isinstance(data, Dropped)
    for uid, changes in apart.changes.items():
        for change in changes:
            _read_change(reading, uid, change, apart.series[uid], terms)
    reading.settle()
    return reading


def _read_file(reading: Reading, data: bytes, name: str, terms: Terms, apart: Apart) -> None:
    parsed = parse(data, name)
    reading.others += parsed.wrong
    reading.notes += parsed.notes
    reading.is_whole &= not parsed.wrong
    give_up_at = process_time() + FILE_SECONDS_MAX
    before = len(reading.others) + len(reading.versions) + len(apart.changes)
    for sheet in parsed.sheets:
        _read_sheet(reading, sheet, name, terms, give_up_at, apart)
    if len(reading.others) + len(reading.versions) + len(apart.changes) == before and not parsed.wrong:
        reading.others.append(Dropped("empty", name))


def _read_sheet(reading: Reading, sheet: Sheet, name: str, terms: Terms, give_up_at: float, apart: Apart) -> None:
    series: dict[str, list[Component]] = defaultdict(list)
    for component in chain.from_iterable(_flat(component) for component in sheet.components):
        if component.name == "VEVENT":
            series[_uid(component)].append(component)
        elif component.name not in NO_TIMES:
            uid = "".join(str(value) for value in listed(component, "UID"))
            reading.others.append(Dropped(f"{component.name} is no meeting", f"{name}: {uid}" if uid else name))
    zone_name, zone = _zone(sheet, name, terms, reading)
    for uid, events in series.items():
        _note_zones(reading, events, name, zone)
        part = Part(events, sheet.method, name, zone_name, zone)
        if is_alone(events):
            apart.changes[uid].append(part)
            continue
        if is_series(events):
            apart.series[uid].append(part)
        seconds = min(SECONDS_MAX, give_up_at - process_time())
        found = occurrences(events, zone_name, zone, terms.window, seconds)
        _take(reading, found, uid, part, terms)


def _read_change(reading: Reading, uid: str, change: Part, series: list[Part], terms: Terms) -> None:
    """Read a change to all later times with the latest series that it may change, or else by itself."""
    if series:
        latest = max(series, key=lambda part: max(map(_sequence, part.events)))
        events = [*(event for event in latest.events if not is_for_all_later(event)), *change.events]
        found = occurrences(events, latest.zone_name, latest.zone, terms.window)
        if not isinstance(found, Refusal):
            found = [occurrence for occurrence in found if any(occurrence.event is event for event in change.events)]
        _take(reading, found, uid, change, terms)
        return
    _take(reading, occurrences(change.events, change.zone_name, change.zone, terms.window), uid, change, terms)
    for event in filter(is_for_all_later, change.events):
        _note_later(reading, uid, event, change, terms)


def _note_later(reading: Reading, uid: str, event: Component, change: Part, terms: Terms) -> None:
    found = occurrences([event], change.zone_name, change.zone, EVER)
    if isinstance(found, Refusal) or not found or found[0].slot == ONCE:
        return
    [first] = found
    length = first.ends_at - first.starts_at

    def add(slot: str) -> None:
        if (starts_at := begin_in(slot, event, change.zone)) is not None:
            occurrence = Occurrence(event, slot, starts_at, starts_at + length, first.is_all_day)
            reading.add(_version(occurrence, uid, change.method, change.name, terms))

    reading.later.append(Later(digest(uid), (_sequence(event), _seconds(event, "LAST-MODIFIED")), first.slot, add))


def _flat(component: Component) -> Iterator[Component]:
    """Yield what a calendar within a calendar holds; alarms and such stay with their event."""
    if component.name == "VCALENDAR":
        for inner in component.subcomponents:
            yield from _flat(inner)
    else:
        yield component


def _take(reading: Reading, found: list[Occurrence] | Refusal, uid: str, part: Part, terms: Terms) -> None:
    _note_cancelled(reading, uid, part.events, part.method)
    if isinstance(found, Refusal):
        reading.others.append(rejected(part.name, found, uid))
        reading.unread.add(digest(uid))
        return
    if not found:
        reading.others.append(Dropped("outside --from and --to", f"{part.name}: {uid}"))
    for occurrence in found:
        reading.add(_version(occurrence, uid, part.method, part.name, terms))


def _version(occurrence: Occurrence, uid: str, method: str, name: str, terms: Terms) -> Version:
    event, hidden = occurrence.event, digest(uid)
    key = f"{hidden}-{occurrence.slot}"
    item = f"{name}: {uid} {occurrence.starts_at:%Y-%m-%dT%H:%MZ}"
    found = meeting(occurrence, method, terms.policy, terms.now)
    changed, stamped = _seconds(event, "LAST-MODIFIED"), _seconds(event, "DTSTAMP")
    return Version(key, hidden, _sequence(event), changed, stamped, occurrence.ends_at, item, found)


def _note_cancelled(reading: Reading, uid: str, events: list[Component], method: str) -> None:
    for event in events:
        is_off = method == "CANCEL" or word(event, "STATUS") == "CANCELLED"
        if is_off and "RECURRENCE-ID" not in event:
            hidden = digest(uid)
            reading.cancelled[hidden] = max(reading.cancelled.get(hidden, 0), _sequence(event))


def _zone(sheet: Sheet, name: str, terms: Terms, reading: Reading) -> tuple[str | None, tzinfo]:
    """Return the zone of times that name none, with its name where the library may know it by that."""
    if not sheet.zone:
        return None, terms.zone
    known = zone_named(sheet.zone)
    if known is None:
        reading.notes.append(f"{name}: time zone {sheet.zone!r} is unknown: times without one are read as {terms.zone}")
    is_iana = isinstance(known, ZoneInfo) and known.key == sheet.zone
    return sheet.zone if is_iana else None, known or terms.zone


def _note_zones(reading: Reading, events: list[Component], name: str, zone: tzinfo) -> None:
    for value in (value for event in events for value in listed(event, "DTSTART")):
        written = getattr(value, "params", {}).get("TZID")
        found = getattr(value, "dt", None)
        if written and isinstance(found, datetime) and found.tzinfo is None:
            reading.notes.append(f"{name}: time zone {str(written)!r} is unknown: read as {zone}")


def _uid(event: Component) -> str:
    """Return its UID, or else what tells it from others."""
    for value in listed(event, "UID"):
        if str(value).strip():
            return str(value).strip()
    told = [str(listed(event, name)) for name in ("DTSTART", "DTEND", "RRULE", "SUMMARY")]
    return f"no-uid-{digest(repr(told))}"


def _sequence(event: Component) -> int:
    return next((int(value) for value in listed(event, "SEQUENCE") if isinstance(value, int)), 0)


def _seconds(event: Component, name: str) -> int:
    found = span(event, name)
    return int(rough(found).timestamp()) if isinstance(found, datetime) else 0


def digest(text: str) -> str:
    """Return a short name for a text that may hold names: 80 bits in hex."""
    return blake2b(text.encode(errors="replace"), digest_size=10).hexdigest()


def revision(found: dict[str, Any]) -> str:
    """Return a digest of what a version says: another time, other people, another answer make another one."""
    people = sorted(found["data"]["people"], key=lambda person: str(person["address"]))
    said = found | {"data": found["data"] | {"people": people}}
    return blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
