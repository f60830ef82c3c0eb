"""An alert as it stands in the database, and a call about it with the figures of now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from services.alerts.addressees import CALLS
from services.alerts.announce import About, Announcement
from services.alerts.behind import Behind
from services.alerts.wording import opened
from shared.vocabulary import Reason


def standing(row: Any, now: datetime) -> Announcement:
    """Return the alert of a row of `to_tend`, as yet of no event."""
    reasons = tuple(orjson.loads(row["reasons"]))
    return Announcement(
        row["alert_id"],
        row["relationship_id"],
        "",
        row["severity"],
        Reason(row["reason"]),
        list(reasons),
        row["score"],
        row["drifts_at"],
        row["summary"],
        now,
        About(*(row[name] for name in About._fields)),
        reasons,
        row["status"],
        None,
        row["last_touch_at"],
        row["assignee"],
        row["snoozed_until"],
        step=row["steps"],
    )


def as_of_now(its: Announcement, known: Mapping[int, Behind]) -> Announcement | None:
    """Return a call with the figures of now; None where they are not to be had, or nothing of it holds any more."""
    found = known.get(its.relationship_id or 0)
    if its.event not in CALLS or found is None or not found.holding:
        return None
    return its._replace(
        reasons=[because.as_dict() for because in found.holding],
        known=(),
        summary=opened(found.relationship, found.holding),
        score=found.relationship.outlook.score,
        band=found.relationship.outlook.band,
    )
