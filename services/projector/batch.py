"""Many envelopes as one batch: pure sorting and joining of columns, once per batch and not per event."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any

import orjson

from services.projector.named import HandleOf
from shared.errors import Refused
from shared.events.accepted import Accepted, Columns, Retraction, unpack
from shared.events.address import Spelling
from shared.events.handle import content_rekeyed, earlier_keys, handle_of, key_id, rekeyed

ERA_SECONDS = 256 * 86_400
"""States are sums as of the start of an era of 256 days: one statement folds one era, and no weight within
it leaves the range of a double. SQL's `projector.refold` has the same number."""


@dataclass(slots=True)
class Batch:
    """Touchpoints and retractions to project together; each event at most once."""

    touchpoints: Columns
    retractions: Columns
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    """The later ones of events that came twice in this batch and said different things."""
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)
    """Messages that are no envelope, each with the reason."""
    key_id: str | None = None
    """With which key its handles are made; None where nobody asks."""
    handle_of: HandleOf | None = None
    """How addresses that stand in texts are known; None where nobody asks."""

    @property
    def events(self) -> int:
        """Return how many events brought touchpoints."""
        return self.touchpoints["ordinal"].count(0)

    def said(self, keys: set[str]) -> list[dict[str, Any]]:
        """Return what the batch says under these keys: the first touchpoint of each event."""
        rows = zip(*self.touchpoints.values(), strict=True)
        heads = (dict(zip(self.touchpoints, row, strict=True)) for row in rows)
        return [head for head in heads if head["ordinal"] == 0 and head["event_key"] in keys]

    def said_first(self) -> dict[str, Any]:
        """Return the first touchpoint, or else the first retraction, as what it said."""
        columns = self.touchpoints if self.touchpoints["event_key"] else self.retractions
        return {name: column[0] for name, column in columns.items() if column}

    def halves(self) -> "list[Batch]":
        """Return the batch in two parts, whole events each; none when it holds a single event.

        Retractions part from touchpoints first, and what was found out about the whole goes with the first.
        """
        if self.touchpoints["event_key"] and self.retractions["event_key"]:
            parts = [
                Batch(self.touchpoints, _empty(Retraction._fields)),
                Batch(_empty(Accepted._fields), self.retractions),
            ]
        elif self.events > 1:
            parts = [
                Batch(columns, self.retractions) for columns in _halved(self.touchpoints, _events(self.touchpoints))
            ]
        elif len(self.retractions["event_key"]) > 1:
            halves = _halved(self.retractions, list(range(len(self.retractions["event_key"]))))
            parts = [Batch(self.touchpoints, half) for half in halves]
        else:
            return []
        for part in parts:
            part.key_id, part.handle_of = self.key_id, self.handle_of
        parts[0].conflicts, parts[0].unreadable = self.conflicts, self.unreadable
        return parts

    def without(self, suppressed: AbstractSet[str], named: AbstractSet[str] = frozenset()) -> "Batch":
        """Return the batch without what it says of these handles, and without the events `named` by their keys."""
        conflicts = [
            said for said in self.conflicts if said["handle"] not in suppressed and said["event_key"] not in named
        ]
        return replace(self, touchpoints=without(self.touchpoints, suppressed, named), conflicts=conflicts)

    def eras(self) -> Iterator[tuple[int, Columns]]:
        """Yield (start in seconds since 1970, columns) for each era touched; live traffic has one."""
        eras = [occurred_at // ERA_SECONDS for occurred_at in self.touchpoints["occurred_at"]]
        for era in sorted(set(eras)):
            yield int(era) * ERA_SECONDS, _only(self.touchpoints, [its == era for its in eras])


def gather(messages: Sequence[bytes], key: bytes | None = None, spelling: Spelling | None = None) -> Batch:
    """Return one batch from the messages, in their order; the first of two events with one key wins.

    What ingest made with an earlier handle key than ours is brought up to ours.
    """
    batch = Batch(_empty(Accepted._fields), _empty(Retraction._fields), key_id=key_id(key) if key else None)
    if key:
        canonical = (spelling or Spelling()).canonical
        batch.handle_of = lambda address: handle_of(key, canonical(address))
    earlier = earlier_keys(key) if key else {}
    for message in messages:
        try:
            touchpoints, retractions, made_with = unpack(message)
            if key and made_with:
                touchpoints = _brought_up(touchpoints, made_with, earlier)
        except Refused as refused:
            batch.unreadable.append((message, str(refused)))
            continue
        _extend(batch.touchpoints, touchpoints)
        _extend(batch.retractions, retractions)
    _keep_first(batch)
    return batch


def without(touchpoints: Columns, suppressed: AbstractSet[str], named: AbstractSet[str] = frozenset()) -> Columns:
    """Return the columns without the people of whom nothing is kept; others of their events stay, but those `named`.

    The first who is left stands for the event: its ordinal becomes 0, as it is in a log that forgot the others.
    """
    if not suppressed and not named:
        return touchpoints
    rows = zip(touchpoints["handle"], touchpoints["event_key"], strict=True)
    kept = _only(touchpoints, [handle not in suppressed and key not in named for handle, key in rows])
    first = dict(zip(reversed(kept["event_key"]), range(len(kept["event_key"]) - 1, -1, -1), strict=True))
    ordinals = [
        0 if first[key] == row else ordinal
        for row, (key, ordinal) in enumerate(zip(kept["event_key"], kept["ordinal"], strict=True))
    ]
    by_handles = [None if by in suppressed else by for by in kept["by_handle"]]
    return kept | {"ordinal": ordinals, "by_handle": by_handles}


def before(touchpoints: Columns, moment: float | None) -> set[str]:
    """Return the keys of the events that happened earlier than that; none without a moment."""
    if moment is None or not touchpoints["occurred_at"] or min(touchpoints["occurred_at"]) >= moment:
        return set()
    rows = zip(touchpoints["event_key"], touchpoints["occurred_at"], strict=True)
    return {key for key, occurred_at in rows if occurred_at < moment}


def _brought_up(touchpoints: Columns, made_with: str, earlier: dict[str, tuple[bytes, ...]]) -> Columns:
    if made_with not in earlier:
        raise Refused(f"its handles are made with the key {made_with}, which is none of ours")
    later = earlier[made_with]
    if not later:
        return touchpoints
    return touchpoints | {
        "handle": [rekeyed(later, handle) for handle in touchpoints["handle"]],
        "by_handle": [by and rekeyed(later, by) for by in touchpoints["by_handle"]],
        "content": [content_rekeyed(later, content) for content in touchpoints["content"]],
        "details": [details and _thread_rekeyed(later, details) for details in touchpoints["details"]],
    }


def _thread_rekeyed(later: tuple[bytes, ...], details: str) -> str:
    said = orjson.loads(details)
    if "thread" in said:
        said["thread"] = rekeyed(later, said["thread"])
    return orjson.dumps(said).decode()


def _keep_first(batch: Batch) -> None:
    keys, ordinals = batch.touchpoints["event_key"], batch.touchpoints["ordinal"]
    if len(set(keys)) == ordinals.count(0):
        return
    first: dict[str, int] = {}
    keep, keeping = [], True
    for row, (key, ordinal) in enumerate(zip(keys, ordinals, strict=True)):
        if ordinal == 0:
            keeping = key not in first
            if _differs(batch.touchpoints, row, first.setdefault(key, row)):
                batch.conflicts.append({name: column[row] for name, column in batch.touchpoints.items()})
        keep.append(keeping)
    batch.touchpoints = _only(batch.touchpoints, keep)


def _differs(touchpoints: Columns, row: int, other: int) -> bool:
    return bool(touchpoints["content"][row] != touchpoints["content"][other])


def _only(columns: Columns, keep: list[bool]) -> Columns:
    return columns if all(keep) else {name: list(compress(column, keep)) for name, column in columns.items()}


def _events(touchpoints: Columns) -> list[int]:
    """Return the row at which each event begins."""
    return [row for row, ordinal in enumerate(touchpoints["ordinal"]) if ordinal == 0]


def _halved(columns: Columns, begins: list[int]) -> list[Columns]:
    middle = begins[len(begins) // 2]
    return [{name: column[part] for name, column in columns.items()} for part in (slice(middle), slice(middle, None))]


def _empty(names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [] for name in names}


def _extend(columns: Columns, more: Columns) -> None:
    for name, column in columns.items():
        column.extend(more[name])
