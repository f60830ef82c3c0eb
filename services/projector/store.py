"""The projector's statements against Postgres."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from services.projector.batch import Batch, before
from services.projector.named import HandleOf, named_by, unnamed
from shared.errors import Refused
from shared.events.accepted import Accepted, Columns, Retraction
from shared.plumbing.queries import query

PACKAGE = "services.projector"

# Batches are small beside the tables: probing an index per row beats hashing a whole table. Only the fold, which is
# dear to plan and always the same, is planned once (projector.begin_fold).
CONNECTION_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off"}

# Most batches say the same of every touchpoint here: an array costs as much as its values.
REPEATED = frozenset({"ordinal", "source", "event_source", "breadth", "planned"})

Connection = Any  # asyncpg ships no types


class KeptOut(NamedTuple):
    """What is not taken in of a batch."""

    handles: set[str]
    """Of whom nothing is kept."""
    named: set[str]
    """Keys of the events of others that name one of these people."""
    old: set[str]
    """Keys of the events that are older than what is kept: they would count anew, their rows being gone."""

    def __or__(self, other: "KeptOut") -> "KeptOut":
        """Return what is not taken in of both."""
        return KeptOut(*(one | others for one, others in zip(self, other, strict=True)))


NOTHING = KeptOut(set(), set(), set())


async def begin_fold(
    connection: Any, touchpoints: Columns, key_id: str | None = None, handle_of: HandleOf | None = None
) -> KeptOut:
    """Fold until the transaction ends, beside others who fold, and return what of the batch is not taken in.

    Raises Refused when the database was re-keyed since the handles were made.
    """
    row = await connection.fetchrow(query(PACKAGE, "begin_fold"))
    if key_id and row["key_id"] not in {None, key_id}:
        raise Refused(f"the handle key was rotated (to {row['key_id']}): start again with the new ATTUNE_HANDLE_KEY")
    old = before(touchpoints, row["expired_before"])
    if not row["is_anybody"]:
        return KeptOut(set(), set(), old)
    named = named_by(touchpoints, handle_of) if handle_of else {}
    handles = {*touchpoints["handle"], *touchpoints["by_handle"], *named} - {None}
    rows = await connection.fetch(query(PACKAGE, "suppressed"), list(handles))
    found = {row["handle"] for row in rows}
    return KeptOut(found, set().union(*(named[handle] for handle in found & named.keys())), old)


async def unnamed_retractions(connection: Any, batch: Batch) -> Columns:
    """Return the batch's retractions without the names of those that name somebody of whom nothing is kept."""
    named = named_by(batch.retractions, batch.handle_of) if batch.handle_of else {}
    rows = await connection.fetch(query(PACKAGE, "suppressed"), list(named)) if named else []
    keys = set().union(*(named[row["handle"]] for row in rows))
    return unnamed(batch.retractions, keys) if keys else batch.retractions


async def logged(connection: Any, keys: Iterable[str]) -> set[str]:
    """Return which of the events are in the log."""
    return {row["event_key"] for row in await connection.fetch(query(PACKAGE, "known"), list(keys))}


async def fold(connection: Any, era_start: float, touchpoints: Columns) -> int:
    """Log and fold the touchpoints of one era, after `begin_fold`; return how many events were fresh."""
    columns = (_shortened(name, touchpoints[name]) for name in Accepted._fields)
    folded = await connection.fetchrow(query(PACKAGE, "fold"), era_start, *columns)
    return int(folded["events"])


def _shortened(name: str, column: list[Any]) -> list[Any]:
    """Return the column as it travels: nothing where it holds nothing, one value where fold.sql knows to repeat it."""
    if name in REPEATED and len(set(column)) == 1:
        return column[:1]
    # `any` ends at the first that says something: counting None among what is not compares each of them.
    return column if any(column) or column.count(None) < len(column) else []


async def conflicts(connection: Any, batch: Batch) -> set[str]:
    """Return the keys under which the log holds something else than the batch says."""
    said = dict(zip(batch.touchpoints["event_key"], batch.touchpoints["content"], strict=True))
    known = await connection.fetch(query(PACKAGE, "known"), list(said))
    return {row["event_key"] for row in known if said[row["event_key"]] != row["content"]}


async def retract(connection: Any, retractions: Columns) -> int:
    """Take the events back, exactly: what they had fed is folded anew; return how many were fresh."""
    columns = (retractions[name] for name in Retraction._fields)
    taken = await connection.fetchrow(query(PACKAGE, "retract"), *columns)
    if taken["relationships"]:
        await connection.fetchval("select projector.refold($1, statement_timestamp())", taken["relationships"])
    return int(taken["retractions"])
