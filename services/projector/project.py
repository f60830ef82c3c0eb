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
    named: list[dict[str, Any]]
    """Events of others that are not taken in, because they name somebody of whom nothing is kept."""


async def project(batch: Batch, connection: store.Connection) -> Projected:
    """Log and fold the batch once, however often it is delivered; return when all of it is committed."""
    events, suppressed, named = 0, set[str](), set[str]()
    for era_start, touchpoints in batch.eras():
        # One transaction an era: locks are then taken in one order (log, days, states), and replicas that
        # meet wait for one another instead of deadlocking.
        async with connection.transaction():
            await share_fold_lock(connection)
            # Under the lock: who is forgotten from now on waits for us, and who was is seen.
            gone = await store.kept_out(connection, touchpoints, batch.key_id, batch.handle_of)
            suppressed |= gone.handles
            named |= gone.events
            kept = not_before(without(touchpoints, gone.handles, gone.events), gone.before)
            events += await store.fold(connection, era_start, kept)
            failpoint.reach("projector.before_commit")
        failpoint.reach("projector.after_commit")
    refused = await _refused(batch.without(suppressed), named, connection)
    batch = batch.without(suppressed, named)
    duplicates = batch.events - events
    conflicts = batch.said(await store.conflicts(connection, batch)) if duplicates else []
    retractions = await _retract(batch, connection)
    return Projected(events, duplicates - len(conflicts), retractions, conflicts + batch.conflicts, refused)


async def _refused(batch: Batch, named: set[str], connection: store.Connection) -> list[dict[str, Any]]:
    """Return which of the `named` events are told as refused: what the log holds already has been taken in before."""
    return batch.said(named - await store.logged(connection, named)) if named else []


async def _retract(batch: Batch, connection: store.Connection) -> int:
    if not batch.retractions["event_key"]:
        return 0
    async with connection.transaction():
        # Alone: a touchpoint that is just being logged would be missed, and count for ever.
        await hold_fold_lock(connection)
        return await store.retract(connection, await store.unnamed_retractions(connection, batch))
