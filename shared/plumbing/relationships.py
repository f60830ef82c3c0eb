"""What judging a relationship needs from Postgres, under the model in force or one that is built beside it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from shared.alignment.model import Lines, Model
from shared.judging.outlook import outlooks
from shared.judging.reasons import REPORTED_WITHIN, reasons
from shared.judging.relationship import Before, OpenAlert, Outlook, Promise, Relationship, Sums
from shared.plumbing.queries import query
from shared.vocabulary import CommitmentState, Reason, Side

log = logging.getLogger("judging")

PACKAGE = "shared.plumbing"

CADENCE_DAYS_MAX = 36_500
"""What is to happen less than once in a hundred years is no rhythm."""
OLD = timedelta(days=1)
SETTLING = timedelta(seconds=3)
"""What is older than `OLD` and came in within this time has probably more of its kind behind it."""


async def relationships(
    connection: Any, ids: Sequence[int], model: Model, now: datetime, version: int | None = None
) -> list[tuple[Relationship, Any]]:
    """Return all that judging the relationships needs, each with its state.

    The states are those of the version, which must be in use and of the model; None is the one in force.
    """
    rows = await connection.fetch(query(PACKAGE, "judging_facts"), ids, now - REPORTED_WITHIN, version)
    promises = await _promises(connection, ids)
    lines = [lines_of(row, model) for row in rows]
    outlook_of = outlooks(rows, lines, model, now)
    held = await _held_at_switch(connection, rows, lines, model) if version is None else {}
    return [
        (_relationship(row, outlook, its, promises.get(row["relationship_id"], ()), held), row)
        for row, outlook, its in zip(rows, outlook_of, lines, strict=True)
    ]


async def keep_depths(connection: Any, ids: Sequence[int], now: datetime, version: int | None = None) -> None:
    """Keep whether anybody goes deep in the initiatives of the relationships, so that judging them need not look.

    Whoever something has happened to must be among the relationships before anything is made of it. None is the version
    in force.
    """
    await connection.execute(query(PACKAGE, "keep_depths"), ids, version, now)


async def _held_at_switch(
    connection: Any, rows: Sequence[Any], lines: Sequence[Lines], model: Model
) -> dict[int, tuple[Reason, ...]]:
    """Return what held when the model took over, for whom something has come in since and no judgement was made."""
    changed = {
        row["relationship_id"]: (row, its)
        for row, its in zip(rows, lines, strict=True)
        if row["is_changed_since_switch"]
    }
    if not changed:
        return {}
    found: dict[int, tuple[Reason, ...]] = {}
    for then in await connection.fetch(query(PACKAGE, "judging_at_switch"), list(changed)):
        row, its = changed[then["relationship_id"]]
        was = dict(row) | dict(then)
        [outlook] = outlooks([was], [its], model, then["switched_at"])
        # Promises have moments of their own.
        relationship = _relationship(was, outlook, its, (), {})
        holding = (b.reason for b in reasons(relationship, model, then["switched_at"]) if not b.is_foreseen)
        found[then["relationship_id"]] = tuple(holding)
    return found


def lines_of(row: Any, model: Model) -> Lines:
    """Return the lines of a relationship, whose row has its role and overrides."""
    overrides = orjson.loads(row["overrides"])
    try:
        return model.lines_for(row["role"], overrides)
    except ValueError as error:
        # One bad entry must not keep everybody else from being judged.
        log.warning("%s in %s is judged by the model's own lines: %s", row["stakeholder"], row["initiative"], error)
        return model.lines


async def _promises(connection: Any, ids: Sequence[int]) -> dict[int, tuple[Promise, ...]]:
    found: dict[int, tuple[Promise, ...]] = {}
    for row in await connection.fetch(query(PACKAGE, "judging_promises"), ids):
        state, by = CommitmentState(row["state"]), Side(row["by"])
        promise = Promise(row["ref"], state, by, row["due_at"], row["broken_at"])
        found[row["relationship_id"]] = (*found.get(row["relationship_id"], ()), promise)
    return found


def _relationship(
    row: Any, outlook: Outlook, lines: Lines, promises: tuple[Promise, ...], held: Mapping[int, tuple[Reason, ...]]
) -> Relationship:
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
        is_depth_reported=row["is_depth_reported"],
        depth_reported_at=row["depth_reported_at"],
        lines=lines,
        promises=promises,
        changed_at=row["changed_at"],
        added_at=row["added_at"],
        last_touch_at=row["last_touch_at"],
        cadence=None if cadence_days is None else timedelta(days=min(cadence_days, CADENCE_DAYS_MAX)),
        planned_at=row["planned_at"],
        source=row["source"],
        stale_source=row["stale_source"],
        judged_at=row["judged_at"],
        before=_before(row),
        switched_at=row["switched_at"],
        held_at_switch=held.get(row["relationship_id"]),
        untold=tuple(map(Reason, row["untold"])),
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
