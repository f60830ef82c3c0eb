"""What has changed in a calendar since it was last brought in: pure comparison of identities."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

from services.ingest.connectors.ics.expand import Window
from services.ingest.connectors.ics.meeting import CANCELLED
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
    changed: int

    @property
    def rank(self) -> tuple[int, int]:
        """Return what a later version has more of."""
        return self.sequence, self.changed


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


Rivals = Mapping[str, list[tuple[str, Told]]]
"""What other calendars hold, by occurrence."""


def changes(reading: Reading, mine: Memory, others: Iterable[Memory], judged: Window | None) -> Changes:
    """Compare the calendar with what it brought before; other calendars of the source may hold the same meetings.

    What another version has replaced is taken back, and what began in the window `judged` and is gone, unless
    something could not be read that may be it.
    """
    others = list(others)
    _move_later(reading, [mine, *others])
    result = Changes(others=list(reading.others))
    rivals: dict[str, list[tuple[str, Told]]] = defaultdict(list)
    for name, told in chain.from_iterable(other.live.items() for other in others):
        rivals[key_of(name)].append((name, told))
    for version in reading.versions.values():
        _take(result, version, mine, others, rivals)
    held = {name for other in others for name in other.live}
    for name, told in _missing(reading, mine, result, judged):
        if name in held:
            result.gone[name] = told
        else:
            result.take_back(name, told)
    return result


def _move_later(reading: Reading, memories: Iterable[Memory]) -> None:
    """Change every later time that was brought of a series that is known from before alone."""
    if not reading.later:
        return
    told = {key_of(name): told for memory in memories for name, told in memory.live.items()}
    for later in sorted(reading.later, key=lambda its: its.rank):
        for key, known in told.items():
            uid, _, slot = key.partition("-")
            if uid == later.uid and slot > later.since and known.rank <= later.rank:
                later.add(slot)


def _take(result: Changes, version: Version, mine: Memory, others: list[Memory], rivals: Rivals) -> None:
    match version.found:
        case str() as reason:
            result.others.append(Dropped(reason, version.item))
            if reason == CANCELLED:
                _overtake(result, [rival for rival in rivals.get(version.key, []) if rival[1].rank <= version.rank])
        case Refusal() as refusal:
            file, _, item = version.item.partition(": ")
            result.others.append(rejected(file, refusal, item))
        case found:
            name = name_of(version, found)
            rest = [rival for rival in rivals.get(version.key, []) if rival[0] != name]
            beaten = [rival for rival in rest if _beats(version, name, *rival)]
            if name not in mine.live and len(beaten) < len(rivals.get(version.key, [])):
                result.others.append(Dropped("in another calendar already", version.item))
                return
            _overtake(result, beaten)
            told = _told(name, version, found, mine, others)
            result.live[name] = told
            result.envelopes.append(envelope(id_of(name, told.turn), found))


def _beats(version: Version, name: str, rival: str, told: Told) -> bool:
    """Say whether this version is later than the one of another calendar; a plan ends when it has come true."""
    if version.rank == told.rank:
        return phase_of(name) == HELD and phase_of(rival) == PLANNED
    return version.rank > told.rank


def _overtake(result: Changes, rivals: list[tuple[str, Told]]) -> None:
    for name, told in rivals:
        result.take_back(name, told)


def _told(name: str, version: Version, found: Mapping[str, Any], mine: Memory, others: list[Memory]) -> Told:
    at = int(datetime.fromisoformat(found["time"]).timestamp())
    if name in mine.live:
        return Told(at, mine.live[name].turn, *version.rank)
    gone = [memory.gone[name].turn for memory in (mine, *others) if name in memory.gone]
    return Told(at, max(gone, default=-1) + 1, *version.rank)


def _missing(reading: Reading, mine: Memory, result: Changes, judged: Window | None) -> Iterator[tuple[str, Told]]:
    for name, told in mine.live.items():
        if name in result.live or name.partition("-")[0] in reading.unread:
            continue
        starts_at = datetime.fromtimestamp(told.at, UTC)
        is_gone = reading.is_whole and judged is not None and judged.begins_at <= starts_at < judged.ends_at
        if is_gone or key_of(name) in reading.versions:
            yield name, told


def name_of(version: Version, found: dict[str, Any]) -> str:
    """Return the name of this version: its occurrence, whether it is held or planned, and what it says."""
    phase = PLANNED if found["data"].get("planned") else HELD
    return f"{version.key}-{phase}{revision(found)}"


def key_of(name: str) -> str:
    """Return the occurrence that a name is of."""
    return name.rpartition("-")[0]


def phase_of(name: str) -> str:
    """Return whether it is held or planned."""
    return name.rpartition("-")[2][:1]


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
