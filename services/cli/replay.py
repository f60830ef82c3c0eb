"""Replaying touches in time order: at each decision, the risk from what had happened before it only.

Touches are spooled to a temporary file first, sorted a run at a time, and merged from there: whatever the
order of the events file, memory holds the relationships and one run, and the disk 16 bytes per touch.
"""

import os
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

    def part(self, run: int, start: int = 0, stop: int | None = None) -> Spooled:
        """Return a part of a run, the whole of it by default.

        It is read and not mapped, as what is mapped counts as ours: memory would follow the events.
        """
        wanted = (self.lengths[run] if stop is None else stop) - start
        offset = sum(self.lengths[:run]) + start
        size = SPOOLED.itemsize
        return np.frombuffer(os.pread(self.file.fileno(), wanted * size, offset * size), SPOOLED)

    def in_order(self, block: int = RUN) -> Iterator[Touches]:
        """Yield all touches in time order, at most about `block` at a time; equal moments stay together."""
        self.file.flush()
        runs = range(len(self.lengths))
        # Of as many samples in a row as there are runs, each stands for `every` moments, and no run has more than as
        # many beside those: a block in all.
        every = max(block // (2 * max(len(runs), 1)), 1)
        samples = [self.part(run)["moment"][::every].copy() for run in runs]
        bounds = np.unique(np.sort(np.concatenate(samples))[:: len(runs)]) if samples else np.empty(0, np.int64)
        cuts = [[*np.searchsorted(self.part(run)["moment"], bounds).tolist(), self.lengths[run]] for run in runs]
        for part in range(len(bounds)):
            pieces = [self.part(run, cut[part], cut[part + 1]) for run, cut in zip(runs, cuts, strict=True)]
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
