"""Calendars for tests: the ones people published, and small ones of our own."""

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from services.ingest.connectors.ics.changes import Changes, Memory, changes
from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.ics.read import Reading, Terms, read
from services.ingest.interpret import Policy

DATA = Path(__file__).parents[4] / "shared" / "data"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy(b"key", frozenset({"ours.example"}))
TERMS = Terms(Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 2, 21, tzinfo=UTC)), UTC, POLICY, NOW)
EVER = TERMS._replace(window=Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(2027, 2, 21, tzinfo=UTC)))


@lru_cache
def corpus() -> dict[str, bytes]:
    """Return every published calendar by its name; skip where they are not."""
    folder, packed = DATA / "calendar", DATA / "corpus_ics.zip"
    if not (folder.exists() and packed.exists()):
        pytest.skip(f"{folder} and {packed} are not here: the real data lie beside the repository, in ../shared/data")
    found = {f"{path.relative_to(folder)}": path.read_bytes() for path in sorted(folder.rglob("*.ics"))}
    with zipfile.ZipFile(packed) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".ics"))
        return found | {f"zip:{name}": archive.read(name) for name in names}


def first(reading: Reading) -> Changes:
    """Return what is published when nothing was before."""
    return changes(reading, Memory(), [], None)


def calendar(*components: str, head: str = "") -> bytes:
    """Return a calendar of these components, each without its first and last line where it is an event."""
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests", head, *components, "END:VCALENDAR"]).encode()


def event(*lines: str, uid: str = "one@x", start: str = "DTSTART:20261110T090000Z", length: str = "PT1H") -> str:
    """Return an event with Ana of another company, who accepted, unless the lines say who is asked."""
    asked = [] if any(line.startswith("ATTENDEE") for line in lines) else [ANA, US]
    body = [f"UID:{uid}", start, f"DURATION:{length}" if length else "", *lines, *asked]
    return "\n".join(["BEGIN:VEVENT", *(line for line in body if line), "END:VEVENT"])


ANA = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@corp.example"
US = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@ours.example"


def reading(*calendars: bytes, terms: Terms = TERMS) -> Reading:
    """Read them as one folder."""
    return read(named(calendars), terms)


def named(calendars: Iterable[bytes]) -> Iterable[tuple[str, bytes]]:
    """Name each file by its place."""
    return [(f"{number}.ics", data) for number, data in enumerate(calendars)]
