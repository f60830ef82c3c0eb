"""Follows traces through the database: from the batch that changed a relationship to the messages about it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.alerts.announce import Announcement
from services.alerts.delivery import Delivery
from shared.plumbing import traces
from shared.plumbing.queries import query

PACKAGE = "services.alerts"


async def leave(connection: Any, announcements: Sequence[Announcement]) -> None:
    """Trace a judgement that there is news of, linked to the batches that changed its relationships."""
    if not announcements or not traces.are_on():
        return
    relationships = [its.relationship_id for its in announcements if its.relationship_id is not None]
    rows = await connection.fetch(query(PACKAGE, "traces_of_batches"), relationships)
    with traces.span("alerts judgement", [row["traceparent"] for row in rows], alerts=len(announcements)):
        await connection.execute(
            query(PACKAGE, "leave_trace"), [its.alert_id for its in announcements], traces.context()
        )


async def of_alerts(connection: Any, deliveries: Sequence[Delivery]) -> Mapping[UUID | None, str]:
    """Return the context of the judgement that each alert comes from."""
    if not deliveries or not traces.are_on():
        return {}
    rows = await connection.fetch(query(PACKAGE, "traces_of_alerts"), [its.alert_id for its in deliveries])
    return {row["alert_id"]: row["traceparent"] for row in rows}
