"""A plan as a calendar file, for whoever accepts it: names and times, no addresses. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import icalendar


class Entry(Protocol):
    """One touch as a calendar knows it."""

    @property
    def owner(self) -> str | None: ...  # noqa: D102
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


Entries = TypeVar("Entries", bound=Entry)


def by_owner(entries: Iterable[Entries]) -> dict[str, list[Entries]]:
    """Return whose touches they are; nobody is an owner as well."""
    found: dict[str, list[Entries]] = {}
    for entry in entries:
        found.setdefault(entry.owner or "", []).append(entry)
    return found


def calendar(entries: Sequence[Entry], now: datetime) -> bytes:
    """Return one tentative entry per touch; the same touch with the same people has the same UID.

    Where the touches are of several owners, each says first whose it is.
    """
    found = icalendar.Calendar()
    found.add("prodid", "-//attune//plan//EN")
    found.add("version", "2.0")
    owners = by_owner(entries)
    for entry in entries:
        whose = f"{entry.owner or 'nobody'}: " if len(owners) > 1 else ""
        event = icalendar.Event()
        event.add("uid", f"{entry.at:%Y%m%dT%H%MZ}-{'-'.join(map(str, entry.relationships))}@attune.plan")
        event.add("dtstamp", now)
        event.add("dtstart", entry.at)
        event.add("dtend", entry.at + timedelta(minutes=entry.minutes))
        event.add("summary", f"{whose}{entry.kind.capitalize()} with {', '.join(entry.people)}")
        event.add("description", entry.why)
        event.add("status", "TENTATIVE")
        found.add_component(event)
    return bytes(found.to_ical())
