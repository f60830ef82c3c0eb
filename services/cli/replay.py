"""Replaying touches in time order: at each decision, the risk from what had happened before it only.

Touches are spooled to a temporary file first, sorted a run at a time, and merged from there: whatever the
order of the events file, memory holds the relationships and one run, and the disk 16 bytes per touch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.cli.events_csv import Decision, Integers, Touches
from shared.alignment.risk import NEVER, Floats, TouchDays, risk

DAY = 86_400_000_000
"""Microseconds in a day."""
RUN = 1_000_000
"""Touches sorted in memory at a time."""
SILENT_HORIZONS_MAX = 4
"""Relationships silent for longer are left out: whoever wanted to act on them has had the time."""

SPOOLED = np.dtype([("moment", "<i8"), ("relationship", "<i8")])
Spooled = NDArray[np.void]


class Scored(NamedTuple):
    """The risks at one decision; `relationships` are numbers."""

    decision: Decision
    relationships: Integers
    risks: Floats


@dataclass(slots=True)
class Spool:
    """Touches on disk, in runs that are each in time order."""

    file: IO[bytes]
    lengths: list[int]

    @classmethod
    def fill(cls, file: IO[bytes], chunks: Iterable[Touches], run: int = RUN) -> "Spool":
        """Write all touches to `file`, sorted by moment within each run."""
        spool, waiting, count = cls(file, []), list[Touches](), 0
        for chunk in chunks:
            waiting.append(chunk)
            count += len(chunk.moments)
            if count >= run:
                spool.write(waiting)
                waiting, count = [], 0
        spool.write(waiting)
        return spool

    def write(self, chunks: Sequence[Touches]) -> None:
        """Append one run."""
        records = np.empty(sum(len(chunk.moments) for chunk in chunks), SPOOLED)
        if not len(records):
            return
        records["moment"] = np.concatenate([chunk.moments for chunk in chunks])
        records["relationship"] = np.concatenate([chunk.relationships for chunk in chunks])
        self.file.write(records[np.argsort(records["moment"], kind="stable")].tobytes())
        self.lengths.append(len(records))

    def runs(self) -> list[Spooled]:
        """Return the runs, mapped from disk."""
        self.file.flush()
        offsets = np.cumsum([0, *self.lengths]) * SPOOLED.itemsize
        return [
            np.memmap(self.file, SPOOLED, "r", int(offset), length)
            for offset, length in zip(offsets, self.lengths, strict=False)
        ]

    def in_order(self, block: int = RUN) -> Iterator[Touches]:
        """Yield all touches in time order, about `block` at a time; equal moments stay together."""
        runs = self.runs()
        # Between two samples in a row no run has more than `every` moments.
        every = max(block // max(len(runs), 1), 1)
        samples = [run["moment"][::every] for run in runs]
        bounds = np.unique(np.concatenate(samples)) if samples else np.empty(0, np.int64)
        cuts = [[*np.searchsorted(run["moment"], bounds).tolist(), len(run)] for run in runs]
        for part in range(len(bounds)):
            pieces = [run[cut[part] : cut[part + 1]] for run, cut in zip(runs, cuts, strict=True)]
            found = np.concatenate(pieces)
            found = found[np.argsort(found["moment"], kind="stable")]
            yield Touches(found["moment"], found["relationship"])


def replay(
    blocks: Iterable[Touches], decisions: Sequence[Decision], count: int, horizon_days: float
) -> Iterator[Scored]:
    """Yield the risks at each of `decisions`, which are in time order, as are the touches of `blocks`."""
    state, waiting = TouchDays.none(count), list(reversed(decisions))
    for moments, relationships in blocks:
        start = 0
        while waiting and waiting[-1].moment <= moments[-1]:
            end = int(np.searchsorted(moments, waiting[-1].moment))
            fold(state, Touches(moments[start:end], relationships[start:end]), horizon_days)
            yield scored(state, waiting.pop(), horizon_days)
            start = end
        fold(state, Touches(moments[start:], relationships[start:]), horizon_days)
    while waiting:
        yield scored(state, waiting.pop(), horizon_days)


def fold(state: TouchDays, touches: Touches, horizon_days: float) -> None:
    """Fold touches in time order into the state: day by day, each relationship at most once a day."""
    days, starts = np.unique(touches.moments // DAY, return_index=True)
    for day, rows in zip(days.tolist(), np.split(touches.relationships, starts[1:]), strict=False):
        state.touch(np.unique(rows), day, horizon_days)


def scored(state: TouchDays, decision: Decision, horizon_days: float) -> Scored:
    """Return the risk of every relationship known by now and not silent for too long."""
    now_days = decision.moment / DAY
    recent = state.last_day >= np.floor(now_days - SILENT_HORIZONS_MAX * horizon_days)
    rows = np.flatnonzero(recent & (state.last_day != NEVER))
    return Scored(decision, rows, risk(state.at(rows), now_days, horizon_days))
