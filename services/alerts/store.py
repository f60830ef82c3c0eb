"""The statements of alerts against Postgres."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.alerts.announce import Announcement, Outgoing
from services.alerts.judge import REPORTED_WITHIN, Change, Verdict
from services.alerts.outlook import outlooks
from services.alerts.relationship import Before, OpenAlert, Outlook, Relationship
from shared.alignment.model import Model
from shared.plumbing.queries import query
from shared.vocabulary import Reason

PACKAGE = "services.alerts"

OLD = timedelta(days=1)
SETTLING = timedelta(seconds=3)
"""What is older than `OLD` and came in within this time has probably more of its kind behind it."""

# A plan made for the ids at hand beats a generic one, and no batch is large enough for compiling.
CONNECTION_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off"}


async def take_due(connection: Any, now: datetime, limit: int) -> list[int]:
    """Lock the model and up to `limit` due relationships until the transaction ends; replicas get others."""
    # A switch between two statements would have one model's states judged by another's rules.
    await connection.execute(query(PACKAGE, "hold_model"))
    rows = await connection.fetch(query(PACKAGE, "take_due"), now, limit)
    return [row["relationship_id"] for row in rows]


async def relationships(connection: Any, ids: Sequence[int], model: Model, now: datetime) -> list[Relationship]:
    """Return all that judging the locked relationships needs."""
    rows = await connection.fetch(query(PACKAGE, "facts"), ids, now - REPORTED_WITHIN)
    outlook_of = outlooks(rows, model, now)
    return [_relationship(row, outlook) for row, outlook in zip(rows, outlook_of, strict=True)]


async def record(
    connection: Any,
    judged: Iterable[tuple[Relationship, Verdict]],
    announcements: Sequence[Announcement],
    messages: Sequence[Outgoing],
    now: datetime,
) -> None:
    """Write what was judged, and put what is to be told into the outbox, all in the caller's transaction."""
    await connection.execute(query(PACKAGE, "record_watches"), _json(_watch(*its, now) for its in judged))
    for name, change in (
        ("open_alerts", Change.OPENED),
        ("join_alerts", Change.JOINED),
        ("resolve_alerts", Change.RESOLVED),
    ):
        its = [announcement._asdict() for announcement in announcements if announcement.event is change]
        if its:
            await connection.execute(query(PACKAGE, name), _json(its))
    if announcements:
        await connection.execute(query(PACKAGE, "append_history"), _json(its._asdict() for its in announcements))
        await connection.execute(query(PACKAGE, "enqueue"), _json(message._asdict() for message in messages))


def _watch(relationship: Relationship, verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "relationship_id": relationship.relationship_id,
        "judged_at": now,
        "drifts_at": verdict.drifts_at,
        "drift_reason": verdict.drift_reason,
        "reasons": [because.reason for because in verdict.reasons],
        "held_until": verdict.held_until,
        "wake_at": verdict.wake_at,
        "is_postponed": verdict.change is Change.POSTPONED,
    }


def _relationship(row: Any, outlook: Outlook) -> Relationship:
    cadence_days = row["cadence_days"]
    return Relationship(
        relationship_id=row["relationship_id"],
        initiative=row["initiative"],
        stakeholder=row["stakeholder"],
        name=row["name"],
        owner=row["owner"],
        outlook=outlook,
        last_touch_at=row["last_touch_at"],
        cadence=None if cadence_days is None else timedelta(days=cadence_days),
        planned_at=row["planned_at"],
        judged_at=row["judged_at"],
        before=_before(row),
        switched_at=row["switched_at"],
        settles_at=_settles_at(row["changed_at"], row["recorded_at"]),
        alert=_alert(row),
    )


def _settles_at(changed_at: datetime | None, recorded_at: datetime | None) -> datetime | None:
    if changed_at is None or recorded_at is None or recorded_at - changed_at < OLD:
        return None
    return recorded_at + SETTLING


def _before(row: Any) -> Before | None:
    if row["judged_at"] is None:
        return None
    first = row["drift_reason_before"]
    return Before(tuple(map(Reason, row["reasons_before"])), None if first is None else Reason(first))


def _alert(row: Any) -> OpenAlert | None:
    if row["alert_id"] is None:
        return None
    return OpenAlert(row["alert_id"], Reason(row["alert_reason"]), tuple(orjson.loads(row["alert_reasons"])))


def _json(rows: Iterable[dict[str, Any]]) -> str:
    # asyncpg has a UUID of its own, which JSON does not know.
    return orjson.dumps(list(rows), default=str).decode()
