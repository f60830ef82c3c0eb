"""What is behind alerts as of now: what still holds, with its figures, the touches, what comes and what would help."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.alerts import store
from services.alerts.content import contents
from shared.alignment.model import Model
from shared.judging.reasons import reasons
from shared.judging.relationship import Because, Relationship
from shared.plumbing.models import live_model
from shared.plumbing.relationships import relationships

log = logging.getLogger("alerts")


class Behind(NamedTuple):
    """What is behind the alert of one relationship."""

    relationship: Relationship
    holding: tuple[Because, ...]
    """Of what was told, all that holds or is foreseen, the soonest first."""
    content: dict[str, Any]


async def behind(connection: Any, ids: Sequence[int], now: datetime) -> dict[int, Behind]:
    """Return what is behind each relationship's alert; nothing without a model in force."""
    live = await live_model(connection) if ids else None
    if live is None:
        return {}
    found = await relationships(connection, ids, live[1], now)
    touches = await store.touches(connection, ids)
    content = contents([its for its, _ in found], [state for _, state in found], touches, live[1], now)
    return {
        its.relationship_id: Behind(its, _holding(its, live[1], now), said)
        for (its, _), said in zip(found, content, strict=True)
    }


def _holding(relationship: Relationship, model: Model, now: datetime) -> tuple[Because, ...]:
    alert = relationship.alert
    if alert is None:
        return ()
    try:
        found = sorted(reasons(relationship, model, now), key=lambda because: because.since)
    except Exception:  # as when it is judged
        log.exception("%s in %s cannot be judged", relationship.relationship_id, relationship.initiative)
        return ()
    return tuple(its for its in found if alert.foresees(its.reason) or (alert.has(its.reason) and not its.is_foreseen))
