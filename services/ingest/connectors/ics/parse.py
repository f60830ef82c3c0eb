"""From the bytes of a file to its components; what is broken costs itself only."""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import icalendar
from icalendar.cal import Component
from icalendar.timezone import tzp

from services.ingest.connectors.ics.patience import Impatient, patience
from services.ingest.connectors.items import Rejected
from shared.events.refusal import Refusal, shown

SECONDS = 5.0
SECONDS_PER_MEGABYTE = 5.0
NESTED_MAX = 50

_MARK = re.compile(r"^(BEGIN|END):([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_APART = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
_ZONE = re.compile(r"^BEGIN:VTIMEZONE.*?^END:VTIMEZONE", re.MULTILINE | re.IGNORECASE | re.DOTALL)
# Clocks change a few times a year. Whatever says otherwise is counted through until 2038, and fills memory meanwhile.
_ENDLESS = re.compile(
    r"^RRULE[^\r\n]*(?:INTERVAL=0+(?!\d)|FREQ=(?:SECOND|MINUTE|HOUR|DAI)LY|BY(?:HOUR|MINUTE|SECOND)=)",
    re.MULTILINE | re.IGNORECASE,
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Sheet(NamedTuple):
    """One calendar of a file, or what stands outside of any."""

    method: str
    """What the calendar is sent for: empty, PUBLISH, REQUEST, CANCEL …"""
    zone: str | None
    """The zone it says its times are in (X-WR-TIMEZONE)."""
    components: list[Component]


@dataclass
class Parsed:
    """What a file holds."""

    sheets: list[Sheet] = field(default_factory=list)
    wrong: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse(data: bytes, name: str) -> Parsed:
    """Return everything readable of the file, and why the rest is not."""
    text = text_of(data)
    # Zones of one file's own making must not name times in another.
    tzp.use_default()
    try:
        with patience(SECONDS + SECONDS_PER_MEGABYTE * len(data) / 1e6), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _parsed(text, name)
    except Impatient:
        return Parsed(wrong=[rejected(name, Refusal("file", f"{len(data)} bytes", "takes too long to read"))])


def text_of(data: bytes) -> str:
    """Decode it (UTF-8 by the standard, UTF-16 where its first bytes say so), with the line ends of the standard."""
    text = data.decode("utf-16" if data[:2] in _UTF16 else "utf-8-sig", errors="replace")
    return re.sub(r"\r\n?|\n", "\r\n", text)


def rejected(name: str, refusal: Refusal, item: str = "") -> Rejected:
    """Say what is wrong with a file or with an item in it."""
    rule = f"{refusal.field} {refusal.rule}"
    return Rejected(f"{f'{name}: {item}' if item else name}: {refusal}", rule, f"{name}: {item}" if item else name)


def _parsed(text: str, name: str) -> Parsed:
    marks = _MARK.findall(text)
    if not marks:
        return Parsed(wrong=[rejected(name, Refusal("file", shown(text[:40]), "is no iCalendar: no BEGIN in it"))])
    if _depth(marks) > NESTED_MAX:
        return Parsed(wrong=[rejected(name, Refusal("file", "BEGIN", f"is nested {NESTED_MAX} deep at most"))])
    try:
        if not _is_balanced(marks) or any(_is_endless(zone) for zone in _ZONE.findall(text)):
            return _piecewise(text, name)
        return Parsed(sheets=list(_sheets(icalendar.Calendar.from_ical(text, multiple=True))))
    except Exception:  # noqa: BLE001 -- whatever a library says of broken bytes, other parts may be sound
        return _piecewise(text, name)


def _is_endless(zone: str) -> bool:
    return _ENDLESS.search(re.sub(r"\r\n[ \t]", "", zone)) is not None


def _depth(marks: list[tuple[str, str]]) -> int:
    depth = deepest = 0
    for word, _ in marks:
        depth += 1 if word.upper() == "BEGIN" else -1
        deepest = max(deepest, depth)
    return deepest


def _is_balanced(marks: list[tuple[str, str]]) -> bool:
    opened: list[str] = []
    for word, component in marks:
        if word.upper() == "BEGIN":
            opened.append(component.strip().upper())
        elif not opened or opened.pop() != component.strip().upper():
            return False
    return not opened


def _sheets(found: Sequence[Component]) -> Iterator[Sheet]:
    loose = [component for component in found if component.name != "VCALENDAR"]
    if loose:
        yield Sheet("", None, loose)
    for calendar in found:
        if calendar.name == "VCALENDAR":
            zone = calendar.get("X-WR-TIMEZONE")
            yield Sheet(_one(calendar.get("METHOD")).upper(), _one(zone) or None, calendar.subcomponents)


def _one(value: object) -> str:
    return str(value[0] if isinstance(value, list) else value or "").strip()


def _piecewise(text: str, name: str) -> Parsed:
    """Read component by component, so that a broken one costs no other."""
    parsed = Parsed()
    blocks = list(_blocks(text))
    sheet = Sheet(_header(text, "METHOD").upper(), _header(text, "X-WR-TIMEZONE") or None, [])
    for block in sorted(blocks, key=lambda block: block.component != "VTIMEZONE"):
        if not block.is_whole:
            refusal = Refusal(block.component, "no END", "must end: is the file cut off?")
            parsed.wrong.append(rejected(name, refusal, block.uid))
            continue
        if block.component == "VTIMEZONE" and _is_endless(block.text):
            parsed.notes.append(f"{name}: a time zone of its own changes its clocks too often to be read")
            continue
        try:
            # A zone is remembered while it is read, for the times that name it.
            sheet.components.extend(Component.from_ical(block.text, multiple=True))
        except Exception as error:  # noqa: BLE001 -- libraries raise what they like over broken bytes
            _broken(parsed, name, block, error)
    if sheet.components:
        parsed.sheets.append(sheet)
    if not blocks:
        rule = (
            "holds no VEVENT" if _is_balanced(_MARK.findall(text)) else "holds no component that ends: is it cut off?"
        )
        refusal = Refusal("file", shown(text[:40]), rule)
        parsed.wrong.append(rejected(name, refusal))
    return parsed


class _Block(NamedTuple):
    component: str
    text: str
    is_whole: bool

    @property
    def uid(self) -> str:
        return _header(self.text, "UID")


def _blocks(text: str) -> Iterator[_Block]:
    """Yield what stands directly in a calendar, or outside of any."""
    lines: list[str] = []
    opened: list[str] = []
    for line in text.split("\r\n"):
        word, _, component = (part.strip().upper() for part in line.partition(":"))
        begins = word == "BEGIN"
        # None of these stands in another: where one begins, the one before never ended.
        if begins and opened and component in _APART:
            yield _Block(opened[0], "\r\n".join(lines), is_whole=False)
            lines, opened = [], []
        if begins and component != "VCALENDAR":
            opened.append(component)
        if opened:
            lines.append(line)
        if word == "END" and component in opened:
            del opened[opened.index(component) :]
            if not opened:
                yield _Block(component, "\r\n".join(lines), is_whole=True)
                lines = []
    if lines:
        yield _Block(opened[0], "\r\n".join(lines), is_whole=False)


def _broken(parsed: Parsed, name: str, block: _Block, error: Exception) -> None:
    why = shown(str(error))
    if block.component == "VTIMEZONE":
        parsed.notes.append(f"{name}: a time zone of its own cannot be read ({why})")
    else:
        parsed.wrong.append(rejected(name, Refusal(block.component, why, "must be iCalendar"), block.uid))


def _header(text: str, wanted: str) -> str:
    found = re.search(rf"^{wanted}(?:;[^:\r\n]*)?:([^\r\n]*)", text, re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else ""
