"""A plan as a calendar file, for whoever accepts it: names and times, no addresses. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

import icalendar


class Entry(Protocol):
    """One touch as a calendar knows it."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def minutes(self) -> int: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def people(self) -> list[str]: ...  # noqa: D102
    @property
    def relationships(self) -> list[int]: ...  # noqa: D102
    @property
    def why(self) -> str: ...  # noqa: D102


def calendar(entries: Iterable[Entry], now: datetime) -> bytes:
    """Return one tentative entry per touch; the same touch with the same people has the same UID."""
    found = icalendar.Calendar()
    found.add("prodid", "-//attune//plan//EN")
    found.add("version", "2.0")
    for entry in entries:
        event = icalendar.Event()
        event.add("uid", f"{entry.at:%Y%m%dT%H%MZ}-{'-'.join(map(str, entry.relationships))}@attune.plan")
        event.add("dtstamp", now)
        event.add("dtstart", entry.at)
        event.add("dtend", entry.at + timedelta(minutes=entry.minutes))
        event.add("summary", f"{entry.kind.capitalize()} with {', '.join(entry.people)}")
        event.add("description", entry.why)
        event.add("status", "TENTATIVE")
        found.add_component(event)
    return bytes(found.to_ical())
