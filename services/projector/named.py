"""Whom an event of others names where text is kept as it came: known by handle, because that is all that is kept. Pure.

Ingest refuses an address of an event's own people there (`interpret`); who else was forgotten, only the database knows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import orjson

from shared.events.accepted import Columns
from shared.events.address import addresses_in, addresses_within

HandleOf = Callable[[str], str]
"""The handle of an address in normal spelling."""
FORGOTTEN = "forgotten"


def named_by(columns: Columns, handle_of: HandleOf) -> Mapping[str, set[str]]:
    """Return the events that hold an address where text is kept, by its handle; of retractions too."""
    found: dict[str, set[str]] = defaultdict(set)
    ordinals = columns.get("ordinal")
    for row, key in enumerate(columns["event_key"]):
        # All people of an event share its texts.
        if ordinals is None or ordinals[row] == 0:
            for address in _addresses(columns, row):
                found[handle_of(address)].add(key)
    return found


def unnamed(retractions: Columns, named: AbstractSet[str]) -> Columns:
    """Return the retractions, without the names of those events: their keys alone take them back."""
    keys = retractions["event_key"]
    ids = [
        f"{FORGOTTEN}:{key}" if key in named else id_ for key, id_ in zip(keys, retractions["event_id"], strict=True)
    ]
    sources = [
        FORGOTTEN if key in named else source for key, source in zip(keys, retractions["event_source"], strict=True)
    ]
    return retractions | {"event_id": ids, "event_source": sources}


def _addresses(columns: Columns, row: int) -> Iterator[str]:
    # What ids hold between other signs is seldom an address, and mails have an @ in every id.
    for text in (columns["event_id"][row], columns["event_source"][row]):
        yield from addresses_in(text) if "@" in text else ()
    if "details" in columns:
        for text in _written(columns["initiative"][row], columns["details"][row]):
            yield from addresses_within(text)


def _written(initiative: str | None, details: str | None) -> Iterator[str]:
    """Yield what somebody wrote: the initiative, what a promise is called, a note."""
    if initiative:
        yield initiative
    if details and ("@" in details or "tel:" in details.lower()):
        said = orjson.loads(details)
        yield said.get("commitment", {}).get("ref", "")
        yield said.get("note", "")
