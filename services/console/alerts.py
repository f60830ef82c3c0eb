"""Alerts as a list: narrowed, the most urgent first, one page after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.console import store
from services.console.listing import PAGE, narrowed
from shared.errors import Refused
from shared.plumbing.queries import query

Status = Literal["open", "acknowledged", "snoozed", "resolved"]
UNRESOLVED: tuple[Status, ...] = ("open", "acknowledged", "snoozed")


class Place(NamedTuple):
    """Where an alert stands in the list."""

    is_urgent: bool
    opened_at: datetime
    alert_id: UUID


class Listing(NamedTuple):
    """One page of alerts, and the cursor of the next."""

    rows: list[store.Row]
    next: str | None


async def listing(
    connection: Any,
    scope: Sequence[str] | None,
    statuses: Sequence[Status],
    *,
    initiative: str | None = None,
    search: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Listing:
    """Return one page; raise Refused when its cursor is none."""
    after = read_cursor(cursor) if cursor else (None, None, None)
    among, pattern = (query(store.PACKAGE, "alerts_found"), [narrowed(search)]) if search else ("alerts.alerts", [])
    found = await store.rows(
        connection, "alerts", scope, list(statuses), initiative, *after, limit + 1, *pattern, among=among
    )
    shown = found[:limit]
    return Listing(shown, written(shown[-1]) if len(found) > limit else None)


def written(row: store.Row) -> str:
    """Return the place behind a row as text that fits an address."""
    return f"{int(row['severity'] == 'alert')}_{row['opened_at'].isoformat()}_{row['id']}"


def read_cursor(cursor: str) -> Place:
    """Return the place that a cursor names."""
    try:
        urgent, moment, id_ = cursor.split("_")
        return Place({"1": True, "0": False}[urgent], datetime.fromisoformat(moment).astimezone(UTC), UUID(id_))
    except (ValueError, OverflowError, KeyError):
        raise Refused("cursor: must be the `next` of a page") from None
