"""The projector's verb: log once, fold what is fresh, commit."""

from typing import Any, NamedTuple

from services.projector import store
from services.projector.batch import Batch


class Projected(NamedTuple):
    """What one batch came to."""

    events: int
    """Events seen for the first time."""
    duplicates: int
    retractions: int
    conflicts: list[dict[str, Any]]
    """Events that came again and said something else; the first stays."""


async def project(batch: Batch, connection: store.Connection) -> Projected:
    """Log and fold the batch once, however often it is delivered; all of it or nothing."""
    async with connection.transaction():
        await store.lock(connection, alone=bool(batch.retractions["event_key"]))
        events = 0
        for era_start, touchpoints in batch.eras():
            folded = await store.fold(connection, era_start, touchpoints)
            events += folded["events"]
        duplicates = batch.events - events
        conflicts = batch.said(await store.conflicts(connection, batch)) if duplicates else []
        retractions = (
            await store.retract(connection, batch.retractions) if batch.retractions["event_key"] else 0
        )
    return Projected(events, duplicates - len(conflicts), retractions, conflicts + batch.conflicts)
