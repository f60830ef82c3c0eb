"""What the events of an API's calendar come to: its latest entries, and what was removed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from services.ingest.connectors.api.entry import Entry
from services.ingest.connectors.items import Dropped, Rejected

REPLACED = "another version counts"


class Removed(NamedTuple):
    """An event that is no longer there, of which nothing but its id is told."""

    id: str
    where: str


Found = Entry | Removed


@dataclass
class Collected:
    """The events of all pages, each as it was told last."""

    entries: dict[str, Entry] = field(default_factory=dict)
    removed: dict[str, Removed] = field(default_factory=dict)
    others: list[Dropped | Rejected] = field(default_factory=list)
    uids: dict[str, str] = field(default_factory=dict)
    """What the names of an event's touchpoints begin with, by its id; of those that were removed, too."""


def collect(found: Iterable[Found | Dropped | Rejected]) -> Collected:
    """Return the latest of each event: a page of changes comes after the page that it changes."""
    collected = Collected()
    for each in found:
        match each:
            case Entry():
                take(collected, each)
            case Removed():
                if earlier := collected.entries.pop(each.id, None):
                    collected.others.append(Dropped(REPLACED, f"{each.where}: {earlier.id}"))
                collected.removed[each.id] = each
            case _:
                collected.others.append(each)
    return collected


def take(collected: Collected, entry: Entry) -> None:
    """Keep the later of two versions of an event."""
    earlier = collected.entries.get(entry.id)
    collected.uids[entry.id] = entry.prefix
    if earlier:
        collected.others.append(Dropped(REPLACED, entry.id))
    if not earlier or entry.changed >= earlier.changed:
        collected.entries[entry.id] = entry
        collected.removed.pop(entry.id, None)
