"""How an initiative stood before anybody noted it: folded from the log, once, where it is small enough."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from services.console import curve, store
from services.console.store import Row
from shared.alignment.model import Model
from shared.alignment.reading import Floats
from shared.plumbing.queries import query
from shared.vocabulary import Band

SMALL = 500
"""Stakeholders; of a larger initiative the trend grows from the first day on."""
WEEKS = 26


class Stood(NamedTuple):
    """How a whole stood at some moments: mean score by importance (nan: unknown), and how many were aligned."""

    scores: Floats
    aligned: Floats


async def trace(connection: Any, now: datetime) -> None:
    """Note the past of every small initiative whose trend begins today."""
    version, model = await store.Models().live(connection)
    for row in await store.rows(connection, "without_past", SMALL, now):
        members = await store.rows(connection, "members", row["initiative"])
        ids = [member["relationship_id"] for member in members]
        histories = await store.histories(connection, ids, version, now - timedelta(days=36_500), now)
        weeks = [now - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
        pasts = [(histories[member["relationship_id"]], member["importance"]) for member in members]
        # Beside the pages, which must not wait for it.
        found = await asyncio.to_thread(stood, pasts, weeks, model)
        scores = [None if np.isnan(score) else float(score) for score in found.scores]
        await connection.execute(
            query(store.PACKAGE, "note_past"),
            row["initiative"],
            [week.astimezone(UTC).date() for week in weeks],
            scores,
            [int(count) for count in found.aligned],
            [len(members)] * len(weeks),
        )


def stood(pasts: Sequence[tuple[Sequence[Row], float]], moments: Sequence[datetime], model: Model) -> Stood:
    """Return how the whole stood at each moment, from the history and the importance of each member."""
    seconds = np.array([moment.timestamp() for moment in moments])
    summed, weighed, aligned = (np.zeros(len(moments)) for _ in range(3))
    for history, importance in pasts:
        reading = curve.readings(curve.doses(history), seconds, model)
        is_known = ~np.isnan(reading.score)
        summed += np.where(is_known, reading.score, 0.0) * importance
        weighed += is_known * importance
        aligned += reading.band == Band.ALIGNED
    return Stood(np.divide(summed, weighed, out=np.full(len(moments), np.nan), where=weighed > 0), aligned)
