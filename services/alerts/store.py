"""What is due to be judged, what was judged, and what became of alerts, in Postgres."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.alerts import outbox
from services.alerts.announce import Announcement
from services.alerts.outbox import as_json
from services.alerts.plan import Suppression
from shared.errors import Refused
from shared.judging.judge import Change, Held, Verdict
from shared.judging.relationship import Relationship
from shared.own import find
from shared.plumbing.queries import query
from shared.vocabulary import Reason

PACKAGE = "services.alerts"

# A plan made for the ids at hand beats a generic one, and no batch is large enough for compiling.
CONNECTION_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off"}


async def hold_model(connection: Any) -> None:
    """Hold back switches until the transaction ends: else one model's states might be judged by another's rules."""
    await connection.execute(query(PACKAGE, "hold_model"))


async def is_any_due(connection: Any, now: datetime) -> bool:
    """Say whether a relationship is due, be it one that another replica has in hand."""
    found: bool = await connection.fetchval(query(PACKAGE, "is_any_due"), now)
    return found


async def know_reasons(connection: Any) -> None:
    """Raise Refused where what was judged before has a reason that is not known here: judging would stand still."""
    named = {row["reason"] for row in await connection.fetch(query(PACKAGE, "reasons_in_use"))}
    for word in sorted(named - set(Reason)):
        raise Refused(
            f"{find.file('reasons', word)}: this database has judged by it: the file must be there, as it was"
        )


async def take_due(connection: Any, now: datetime, limit: int) -> list[int]:
    """Lock the model and up to `limit` due relationships until the transaction ends; replicas get others."""
    await hold_model(connection)
    rows = await connection.fetch(query(PACKAGE, "take_due"), now, limit)
    return [row["relationship_id"] for row in rows]


async def lock_open(connection: Any, ids: Sequence[int]) -> None:
    """Have whoever acts on an open alert of these relationships wait until the transaction ends."""
    await connection.execute(query(PACKAGE, "lock_open"), ids)


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
        "forecasts": [its._asdict() for its in verdict.forecasts],
        "is_postponed": verdict.change is Change.POSTPONED,
        "is_untold": _is_untold(relationship, verdict),
    }


def _is_untold(relationship: Relationship, verdict: Verdict) -> bool:
    """Say whether any of what was news at a switch is still to be told, as when it is held back beside what is not."""
    told, alert = {because.reason for because in verdict.told}, relationship.alert
    left = {because.reason for because in verdict.reasons}.intersection(relationship.untold) - told
    return any(alert is None or not alert.has(reason) for reason in left)


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


async def standing(connection: Any, now: datetime) -> tuple[dict[str, int], float]:
    """Return how many alerts are open by reason, and for how many seconds the longest due relationship waits."""
    rows = await connection.fetch(query(PACKAGE, "open_by_reason"))
    return {row["reason"]: row["count"] for row in rows}, await connection.fetchval(query(PACKAGE, "oldest_due"), now)
