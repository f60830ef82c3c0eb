"""What has changed in a calendar since it was last brought in: pure comparison of identities."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.ics.parse import rejected
from services.ingest.connectors.ics.read import Reading, Version, revision
from services.ingest.connectors.items import Dropped, Envelope, Rejected
from shared.events.refusal import Refusal
from shared.vocabulary import TYPE_RETRACTION, TYPE_TOUCHPOINT

EVENT_SOURCE = "ics"
PLANNED, HELD = "p", "h"


class Told(NamedTuple):
    """An envelope that was published for an occurrence, by its name without the turn."""

    at: int
    """Start, in seconds since 1970."""
    turn: int
    """How often the same had been taken back before."""
    sequence: int


@dataclass
class Memory:
    """What one calendar has brought."""

    live: dict[str, Told] = field(default_factory=dict)
    gone: dict[str, Told] = field(default_factory=dict)
    """What was taken back. That is for good: if the same comes again, it comes under another turn."""


@dataclass
class Changes:
    """What must be published, and what is to be remembered then."""

    envelopes: list[Envelope] = field(default_factory=list)
    retractions: list[Envelope] = field(default_factory=list)
    others: list[Dropped | Rejected] = field(default_factory=list)
    live: dict[str, Told] = field(default_factory=dict)
    gone: dict[str, Told] = field(default_factory=dict)

    def take_back(self, name: str, told: Told) -> None:
        """Retract what was published under the name."""
        self.retractions.append(retraction(id_of(name, told.turn)))
        self.gone[name] = told


def first(reading: Reading) -> Changes:
    """Return what is published when nothing was before."""
    return changes(reading, Memory(), [], None)


def changes(reading: Reading, mine: Memory, others: Iterable[Memory], window: Window | None) -> Changes:
    """Compare the calendar with what it brought before; other calendars of the source may hold the same meetings.

    What lay in the window and is in it no more is taken back, unless it is unknown whether it still is there.
    """
    others = list(others)
    result = Changes(others=list(reading.others))
    rivals = {_phase_of(name): (name, told) for other in others for name, told in other.live.items()}
    for version in reading.versions.values():
        _take(result, version, mine, others, rivals)
    if window and reading.is_whole:
        held = {name for other in others for name in other.live}
        for name, told in _missing(reading, mine, result, window):
            if name in held:
                result.gone[name] = told
            else:
                result.take_back(name, told)
    return result


def _take(
    result: Changes,
    version: Version,
    mine: Memory,
    others: list[Memory],
    rivals: Mapping[str, tuple[str, Told]],
) -> None:
    match version.found:
        case str() as reason:
            result.others.append(Dropped(reason, version.item))
        case Refusal() as refusal:
            file, _, item = version.item.partition(": ")
            result.others.append(rejected(file, refusal, item))
        case found:
            name = name_of(version, found)
            rival = rivals.get(_phase_of(name))
            if rival and rival[1].sequence >= version.sequence and name not in mine.live:
                result.others.append(Dropped("in another calendar already", version.item))
                return
            if rival and rival[0] != name and rival[1].sequence < version.sequence:
                result.take_back(*rival)
            told = _told(name, version, found, mine, others)
            result.live[name] = told
            result.envelopes.append(envelope(id_of(name, told.turn), found))


def _told(name: str, version: Version, found: Mapping[str, Any], mine: Memory, others: list[Memory]) -> Told:
    at = int(datetime.fromisoformat(found["time"]).timestamp())
    if name in mine.live:
        return mine.live[name]._replace(sequence=version.sequence)
    gone = [memory.gone[name].turn for memory in (mine, *others) if name in memory.gone]
    return Told(at, max(gone, default=-1) + 1, version.sequence)


def _missing(reading: Reading, mine: Memory, result: Changes, window: Window) -> Iterator[tuple[str, Told]]:
    for name, told in mine.live.items():
        starts_at = datetime.fromtimestamp(told.at, UTC)
        is_judged = window.begins_at <= starts_at < window.ends_at and name.partition("-")[0] not in reading.unread
        if is_judged and name not in result.live:
            yield name, told


def name_of(version: Version, found: dict[str, Any]) -> str:
    """Return the name of this version: its occurrence, whether it is held or planned, and what it says."""
    phase = PLANNED if found["data"].get("planned") else HELD
    return f"{version.key}-{phase}{revision(found)}"


def _phase_of(name: str) -> str:
    key, _, rest = name.rpartition("-")
    return f"{key}-{rest[:1]}"


def id_of(name: str, turn: int) -> str:
    """Return the envelope's id."""
    return f"{name}.{turn}" if turn else name


def envelope(event_id: str, found: Mapping[str, Any]) -> Envelope:
    """Return the touchpoint as a CloudEvent."""
    return {"specversion": "1.0", "type": TYPE_TOUCHPOINT, "source": EVENT_SOURCE, "id": event_id, **found}


def retraction(event_id: str) -> Envelope:
    """Return what takes the touchpoint back."""
    return {
        "specversion": "1.0",
        "type": TYPE_RETRACTION,
        "source": EVENT_SOURCE,
        "id": f"{event_id}.back",
        "data": {"source": EVENT_SOURCE, "id": event_id},
    }
