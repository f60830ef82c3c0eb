"""What judging needs from Postgres, and what became of alerts."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from services.alerts import outbox
from services.alerts.announce import Announcement
from services.alerts.judge import Change, Held, Verdict
from services.alerts.outbox import as_json
from services.alerts.outlook import outlooks
from services.alerts.plan import Suppression
from services.alerts.reasons import REPORTED_WITHIN
from services.alerts.relationship import Before, OpenAlert, Outlook, Promise, Relationship, Sums
from shared.alignment.model import Lines, Model
from shared.plumbing.queries import query
from shared.vocabulary import CommitmentState, Reason, Side

log = logging.getLogger("alerts")

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


async def lock_open(connection: Any, ids: Sequence[int]) -> None:
    """Have whoever acts on an open alert of these relationships wait until the transaction ends."""
    await connection.execute(query(PACKAGE, "lock_open"), ids)


async def relationships(
    connection: Any, ids: Sequence[int], model: Model, now: datetime
) -> list[tuple[Relationship, Any]]:
    """Return all that judging the locked relationships needs, each with its state."""
    rows = await connection.fetch(query(PACKAGE, "facts"), ids, now - REPORTED_WITHIN)
    promises = await _promises(connection, ids)
    lines = [_lines(row, model) for row in rows]
    outlook_of = outlooks(rows, lines, model, now)
    return [
        (_relationship(row, outlook, its, promises.get(row["relationship_id"], ())), row)
        for row, outlook, its in zip(rows, outlook_of, lines, strict=True)
    ]


async def touches(connection: Any, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the last few touches of each relationship, the latest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in await connection.fetch(query(PACKAGE, "touches"), ids) if ids else ():
        found.setdefault(row["relationship_id"], []).append(
            {name: row[name] for name in ("occurred_at", "kind", "direction")}
        )
    return found


async def record(connection: Any, judged: Iterable[tuple[Relationship, Verdict]], now: datetime) -> None:
    """Write what was judged, in the caller's transaction."""
    pairs = list(judged)
    await connection.execute(query(PACKAGE, "record_watches"), as_json(_watch(*its, now) for its in pairs))
    held = [_held(its, verdict.held, now) for its, verdict in pairs if verdict.held and _is_new(its, verdict.held)]
    await outbox.suppress(connection, held)


async def write(
    connection: Any, announcements: Sequence[Announcement], schedules: Mapping[UUID, Any]
) -> list[Announcement]:
    """Write what becomes of alerts and its history; return what took effect: a resolved alert stays as it is."""
    written = set[str]()
    for name, changes in (
        ("open_alerts", {Change.OPENED}),
        ("join_alerts", {Change.JOINED, Change.RAISED}),
        ("resolve_alerts", {Change.RESOLVED}),
    ):
        rows = [_scheduled(its, schedules) for its in announcements if its.event in changes]
        if rows:
            written |= {str(row["alert_id"]) for row in await connection.fetch(query(PACKAGE, name), as_json(rows))}
    # asyncpg has a UUID of its own.
    effective = [its for its in announcements if str(its.alert_id) in written]
    if effective:
        await connection.execute(query(PACKAGE, "append_history"), as_json(its.as_row() for its in effective))
    return effective


def _scheduled(announcement: Announcement, schedules: Mapping[UUID, Any]) -> dict[str, Any]:
    pending, act_at = schedules.get(announcement.alert_id, (None, None))
    return announcement.as_row() | {"pending": pending, "act_at": act_at}


def _watch(relationship: Relationship, verdict: Verdict, now: datetime) -> dict[str, Any]:
    is_stale = verdict.held is not None and verdict.held.reason == "stale"
    return {
        "relationship_id": relationship.relationship_id,
        "judged_at": now,
        "drifts_at": verdict.drifts_at,
        "drift_reason": verdict.drift_reason,
        "reasons": list(dict.fromkeys(because.reason for because in verdict.reasons)),
        "because": [because.as_dict() for because in verdict.reasons],
        "held_until": verdict.held_until,
        "held_by": relationship.stale_source if is_stale else None,
        "wake_at": verdict.wake_at,
        "is_known": verdict.is_known,
        "is_postponed": verdict.change is Change.POSTPONED,
    }


def _held(relationship: Relationship, held: Held, now: datetime) -> Suppression:
    alert = relationship.alert
    return Suppression(
        alert.alert_id if alert else None,
        relationship.relationship_id,
        Change.JOINED if alert else Change.OPENED,
        None,
        None,
        held.reason,
        held.until,
        held.note,
        now,
    )


def _is_new(relationship: Relationship, held: Held) -> bool:
    """Say whether holding back has only begun: it is noted once, not at every look."""
    before = relationship.before
    return before is None or (before.held_until, before.held_by) != (
        held.until,
        relationship.stale_source if held.reason == "stale" else None,
    )


def _lines(row: Any, model: Model) -> Lines:
    overrides = orjson.loads(row["overrides"])
    try:
        return model.lines_for(row["role"], overrides)
    except ValueError as error:
        # One bad entry must not keep everybody else from being judged.
        log.warning("%s in %s is judged by the model's own lines: %s", row["stakeholder"], row["initiative"], error)
        return model.lines


async def _promises(connection: Any, ids: Sequence[int]) -> dict[int, tuple[Promise, ...]]:
    found: dict[int, tuple[Promise, ...]] = {}
    for row in await connection.fetch(query(PACKAGE, "promises"), ids):
        state, by = CommitmentState(row["state"]), Side(row["by"])
        promise = Promise(row["ref"], state, by, row["due_at"], row["broken_at"])
        found[row["relationship_id"]] = (*found.get(row["relationship_id"], ()), promise)
    return found


def _relationship(row: Any, outlook: Outlook, lines: Lines, promises: tuple[Promise, ...]) -> Relationship:
    cadence_days = row["cadence_days"]
    return Relationship(
        relationship_id=row["relationship_id"],
        initiative=row["initiative"],
        stakeholder=row["stakeholder"],
        name=row["name"],
        owner=row["owner"],
        outlook=outlook,
        function=row["function"],
        level=row["level"],
        importance=row["importance"],
        sums=_sums(row),
        lines=lines,
        promises=promises,
        changed_at=row["changed_at"],
        added_at=row["added_at"],
        last_touch_at=row["last_touch_at"],
        cadence=None if cadence_days is None else timedelta(days=cadence_days),
        planned_at=row["planned_at"],
        source=row["source"],
        stale_source=row["stale_source"],
        judged_at=row["judged_at"],
        before=_before(row),
        switched_at=row["switched_at"],
        settled_at=row["settled_at"],
        settles_at=_settles_at(row["changed_at"], row["recorded_at"]),
        alert=_alert(row),
    )


def _sums(row: Any) -> Sums | None:
    if row["state_at"] is None:
        return None
    return Sums(row["state_at"], *(row[name] for name in Sums._fields[1:]))


def _settles_at(changed_at: datetime | None, recorded_at: datetime | None) -> datetime | None:
    if changed_at is None or recorded_at is None or recorded_at - changed_at < OLD:
        return None
    return recorded_at + SETTLING


def _before(row: Any) -> Before | None:
    if row["judged_at"] is None:
        return None
    first = row["drift_reason_before"]
    because = orjson.loads(row["because_before"])
    return Before(
        tuple(map(Reason, row["reasons_before"])),
        None if first is None else Reason(first),
        row["is_known_before"],
        tuple((Reason(its["reason"]), datetime.fromisoformat(its["since"])) for its in because),
        any(its.get("never_rose") for its in because),
        row["held_until_before"],
        row["held_by_before"],
    )


def _alert(row: Any) -> OpenAlert | None:
    if row["alert_id"] is None:
        return None
    return OpenAlert(
        row["alert_id"],
        Reason(row["alert_reason"]),
        tuple(orjson.loads(row["alert_reasons"])),
        row["alert_severity"],
        row["alert_status"],
        row["snoozed_until"],
        row["assignee"],
    )


async def tended(connection: Any, said: Sequence[tuple[Announcement, Any]], by_clock: Iterable[str]) -> None:
    """Note what was said, and what is to be said next."""
    rows = [its.as_row() | {"pending": pending, "act_at": act_at} for its, (pending, act_at) in said]
    await connection.execute(query(PACKAGE, "tended"), as_json(rows))
    ours = [row for row in rows if row["event"] in by_clock]
    if ours:
        await connection.execute(query(PACKAGE, "append_history"), as_json(ours))


async def postpone(connection: Any, later: Mapping[UUID, Any]) -> None:
    """Note what is to be said later instead of now."""
    rows = [{"alert_id": alert, "pending": pending, "act_at": at} for alert, (pending, at) in later.items()]
    if rows:
        await connection.execute(query(PACKAGE, "postpone"), as_json(rows))
