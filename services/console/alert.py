"""One alert in full: what it rests on, what became of it, who was told, what was held back; for pages and API."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.console import acting, outlook, relationships, store
from services.console.outlook import Ahead
from services.console.store import Models, Row
from services.console.visitor import Role, Visitor

HELD_MAX = 20
TOUCHES_MAX = 5


class Behind(NamedTuple):
    """What an alert about somebody rests on as of now."""

    touches: list[Row]
    """The latest few."""
    ahead: Ahead


class InFull(NamedTuple):
    """An alert with everything around it."""

    alert: Row
    behind: Behind | None
    """None where it is about no single person."""
    story: list[Row]
    deliveries: list[Row]
    held: list[Row]


async def in_full(connection: Any, models: Models, visitor: Visitor, alert_id: UUID, now: datetime) -> InFull:
    """Return an alert that the visitor may see; raise Missing otherwise."""
    row = await acting.alert(connection, alert_id, visitor)
    deliveries = await store.rows(connection, "deliveries_of", alert_id)
    return InFull(
        row,
        await _behind(connection, models, row["relationship_id"], now) if row["relationship_id"] else None,
        await store.rows(connection, "alert_history", [alert_id]),
        deliveries if sees_addresses(visitor) else [_without_addresses(delivery) for delivery in deliveries],
        await store.rows(connection, "suppressions", None, None, HELD_MAX, alert_id),
    )


def sees_addresses(visitor: Visitor) -> bool:
    """Tell whether they may see where messages went: recipients are people of ours, and this is to mend a delivery."""
    return visitor.may(Role.OPERATOR) and visitor.initiatives is None


def _without_addresses(delivery: Row) -> Row:
    return delivery | {"destination": None, "last_error": None}


async def _behind(connection: Any, models: Models, relationship_id: int, now: datetime) -> Behind:
    past = await relationships.past(connection, models, relationship_id, now)
    been = [row for row in past.touches if not row["planned"] and row["retracted_at"] is None]
    return Behind(been[:TOUCHES_MAX], outlook.ahead(past, now))
