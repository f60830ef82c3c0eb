"""The projector's verb: log once, fold what is fresh, commit."""

from typing import Any, NamedTuple

from services.projector import store
from services.projector.batch import Batch, not_before, without
from shared.plumbing import failpoint
from shared.plumbing.fold_lock import hold_fold_lock, share_fold_lock


class Projected(NamedTuple):
    """What one batch came to."""

    events: int
    """Events seen for the first time."""
    duplicates: int
    retractions: int
    conflicts: list[dict[str, Any]]
    """Events that came again and said something else; the first stays."""


async def project(batch: Batch, connection: store.Connection) -> Projected:
    """Log and fold the batch once, however often it is delivered; return when all of it is committed."""
    events, suppressed = 0, set[str]()
    for era_start, touchpoints in batch.eras():
        # One transaction an era: locks are then taken in one order (log, days, states), and replicas that
        # meet wait for one another instead of deadlocking.
        async with connection.transaction():
            await share_fold_lock(connection)
            await store.plan_for(connection, touchpoints)
            # Under the lock: who is forgotten from now on waits for us, and who was is seen.
            gone = await store.kept_out(connection, touchpoints, batch.key_id)
            suppressed |= gone.handles
            kept = not_before(without(touchpoints, gone.handles), gone.before)
            events += await store.fold(connection, era_start, kept)
            failpoint.reach("projector.before_commit")
        failpoint.reach("projector.after_commit")
    batch = batch.without(suppressed)
    duplicates = batch.events - events
    conflicts = batch.said(await store.conflicts(connection, batch)) if duplicates else []
    retractions = await _retract(batch, connection)
    return Projected(events, duplicates - len(conflicts), retractions, conflicts + batch.conflicts)


async def _retract(batch: Batch, connection: store.Connection) -> int:
    if not batch.retractions["event_key"]:
        return 0
    async with connection.transaction():
        # Alone: a touchpoint that is just being logged would be missed, and count for ever.
        await hold_fold_lock(connection)
        return await store.retract(connection, batch.retractions)
