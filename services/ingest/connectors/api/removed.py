"""Taking back what a calendar's API says is gone, of which it tells nothing but an id."""

from collections.abc import Iterable, Mapping

from services.ingest.connectors.api.found import Collected
from services.ingest.connectors.ics.changes import Changes, Memory
from services.ingest.connectors.ics.read import digest
from services.ingest.connectors.items import Dropped

REMOVED = "removed"
ID = "id "
"""Before the digest of an event's id, where it is remembered."""


def remembered(collected: Collected, before: Mapping[str, str]) -> dict[str, str]:
    """Return by which names the calendar's events go, those of earlier readings too."""
    now = {ID + digest(event_id): prefix for event_id, prefix in collected.uids.items()}
    return {name: prefix for name, prefix in before.items() if name.startswith(ID)} | now


def take_back_removed(
    changed: Changes,
    collected: Collected,
    mine: Memory,
    others: Iterable[Memory],
    names: Mapping[str, str],
    since: float | None,
) -> None:
    """Add to the changes what the removed events had brought, if it began after `since` (seconds since 1970).

    What another calendar of ours still holds stays.
    """
    held = {name for other in others for name in other.live}
    for event_id, removed in collected.removed.items():
        changed.others.append(Dropped(REMOVED, f"{removed.where}: {event_id[-24:]}"))
        # Google's own events bear the id that every calendar knows them by.
        prefix = names.get(ID + digest(event_id), digest(f"{event_id}@google.com"))
        for name, told in mine.live.items():
            is_its = name.startswith(f"{prefix}-") and name not in changed.live and name not in changed.gone
            if is_its and (since is None or told.at >= since):
                if name in held:
                    changed.gone[name] = told
                else:
                    changed.take_back(name, told)
