"""The projector's verb: log once, fold what is fresh, commit."""

from typing import Any, NamedTuple

from services.projector import store
from services.projector.batch import Batch, without
from shared.plumbing import failpoint
from shared.plumbing.fold_lock import hold_fold_lock


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
    old: list[dict[str, Any]]
    """Events that are not taken in, because they are older than what is kept."""
    withheld: int
    """Events of nobody but people of whom nothing is kept."""


async def project(batch: Batch, connection: store.Connection) -> Projected:
    """Log and fold the batch once, however often it is delivered; return when all of it is committed."""
    events, out = 0, store.NOTHING
    for era_start, touchpoints in batch.eras():
        # One transaction an era: locks are then taken in one order (log, days, states), and replicas that
        # meet wait for one another instead of deadlocking.
        async with connection.transaction():
            gone = await store.begin_fold(connection, touchpoints, batch.key_id, batch.handle_of)
            kept = without(touchpoints, gone.handles, gone.named | gone.old)
            events += await store.fold(connection, era_start, kept)
            failpoint.reach("projector.before_commit")
        failpoint.reach("projector.after_commit")
        out = out | gone
    return await _accounted(batch, events, out, connection)


async def _accounted(batch: Batch, events: int, out: store.KeptOut, connection: store.Connection) -> Projected:
    """Take back what the batch retracts, and return what became of each of its events, of which `events` were fresh."""
    of_others = batch.without(out.handles)
    old = of_others.said(out.old) if out.old else []
    named = await _refused(of_others, out.named - out.old, connection)
    again = of_others.events - events - len(old) - len(named)
    rest = of_others.without(frozenset(), out.named | out.old)
    conflicts = rest.said(await store.conflicts(connection, rest)) if again else []
    retractions = await _retract(rest, connection)
    withheld = batch.events - of_others.events
    return Projected(events, again - len(conflicts), retractions, conflicts + rest.conflicts, named, old, withheld)


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
