"""The outbox in Postgres: what is to be told waits in it, is let out, leased, and what came of it is noted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from services.alerts import counts
from services.alerts.addressees import CALLS, Addressee, Called
from services.alerts.announce import About, Announcement
from services.alerts.delivery import Batch, Bounds, Delivery, Step
from services.alerts.plan import Planned, Suppression
from services.alerts.release import Decision, Message, Mute
from shared.plumbing.queries import query

PACKAGE = "services.alerts"

LEASE = timedelta(seconds=30)
"""Longer than any attempt may take; a message that a crash left behind is sent again after this."""


async def mutes(connection: Any, now: datetime) -> list[Mute]:
    """Return the mutes that last."""
    return [Mute(**row) for row in await connection.fetch(query(PACKAGE, "mutes"), now)]


async def told(connection: Any, days: Mapping[str, datetime]) -> dict[str, list[UUID]]:
    """Return the alerts that each person was called upon for since their day began; lock their attention."""
    if not days:
        return {}
    await connection.execute(query(PACKAGE, "lock_attention"), list(days))
    rows = await connection.fetch(query(PACKAGE, "told"), list(days), list(days.values()), sorted(CALLS))
    return {row["recipient"]: row["alerts"] for row in rows}


async def called(connection: Any, announcements: Iterable[Announcement]) -> dict[UUID, list[Called]]:
    """Return who was called upon because of each alert that there is news of."""
    found: dict[UUID, list[Called]] = {}
    ids = [its.alert_id for its in announcements if its.event not in CALLS]
    for row in await connection.fetch(query(PACKAGE, "called"), ids, sorted(CALLS)) if ids else ():
        who = Addressee(row["channel"], row["destination"], row["recipient"])
        found.setdefault(row["alert_id"], []).append(Called(who, row["has_climbed"]))
    return found


async def withdraw(connection: Any, overtaken: Iterable[tuple[Announcement, Addressee | None]], now: datetime) -> None:
    """Take back what is still held and would be old news."""
    rows = [{"alert_id": its.alert_id, "event": its.event, **(who._asdict() if who else {})} for its, who in overtaken]
    if rows:
        counts.add_suppressed(
            row["reason"] for row in await connection.fetch(query(PACKAGE, "withdraw"), as_json(rows), now)
        )


async def take_held(connection: Any, now: datetime, limit: int) -> list[tuple[Any, Message]]:
    """Lock what was held back until now, the most valuable first; replicas get others."""
    return [(row, _message(row)) for row in await connection.fetch(query(PACKAGE, "take_held"), now, limit)]


async def release(
    connection: Any, decided: Iterable[tuple[Any, Decision]], anew: Mapping[UUID, str], now: datetime
) -> None:
    """Write what was decided about messages that were held back, and the words of those that were written anew."""
    rows = [
        {"delivery_id": row["delivery_id"], "payload": anew.get(row["delivery_id"]), **decision._asdict()}
        for row, decision in decided
    ]
    await connection.execute(query(PACKAGE, "release"), as_json(rows), now)


async def put(connection: Any, planned: Planned) -> None:
    """Put messages into the outbox, and note what was held back."""
    if planned.messages:
        rows = as_json(its._asdict() for its in planned.messages)
        counts.add_suppressed(row["reason"] for row in await connection.fetch(query(PACKAGE, "enqueue"), rows))
    await suppress(connection, planned.suppressions)


async def suppress(connection: Any, suppressions: Sequence[Suppression]) -> None:
    """Note what was held back."""
    if suppressions:
        rows = as_json(its._asdict() for its in suppressions)
        await connection.execute(query(PACKAGE, "append_suppressions"), rows)
        counts.add_suppressed(its.reason for its in suppressions)


async def begin(connection: Any, channel: str, bounds: Bounds, now: datetime, limit: int) -> Batch:
    """Take messages that are due, as many as the bounds leave room for beside what other replicas are sending."""
    if not bounds.are_set():
        return Batch(await lease(connection, channel, now, limit))
    async with connection.transaction():
        await connection.execute(query(PACKAGE, "lock_channel"), channel)
        room = min(limit, await connection.fetchval(query(PACKAGE, "room"), channel, now, *bounds))
        deliveries = await lease(connection, channel, now, room) if room > 0 else []
        return Batch(deliveries, await _begun(connection, channel, len(deliveries), now) if deliveries else None)


async def _begun(connection: Any, channel: str, messages: int, now: datetime) -> int:
    number: int = await connection.fetchval(query(PACKAGE, "begin_batch"), channel, messages, now, now + LEASE)
    return number


async def end(connection: Any, batch: Batch, now: datetime) -> None:
    """Give back the room that a batch took."""
    if batch.number is not None:
        await connection.execute(query(PACKAGE, "end_batch"), batch.number, now)


async def lease(connection: Any, channel: str, now: datetime, limit: int) -> list[Delivery]:
    """Take messages that are due; nobody else gets them before the lease ends."""
    rows = await connection.fetch(query(PACKAGE, "lease"), channel, now, now + LEASE, limit)
    return [Delivery(**row) for row in rows]


async def settle(connection: Any, steps: Sequence[Step]) -> None:
    """Note what attempts came to."""
    await connection.execute(query(PACKAGE, "settle"), as_json(step._asdict() for step in steps))


async def give_up(connection: Any, delivery: Delivery, error: str, now: datetime) -> None:
    """Send nothing more of what waits for the delivery's destination."""
    await connection.execute(query(PACKAGE, "give_up"), delivery.channel, delivery.destination, error, now)


def as_json(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as statements take them."""
    # asyncpg has a UUID of its own, which JSON does not know.
    return orjson.dumps(list(rows), default=str).decode()


def _message(row: Any) -> Message:
    return Message(
        row["alert_id"],
        row["event"],
        row["severity"],
        row["status"],
        row["snoozed_until"],
        About(*(row[name] for name in About._fields)),
        row["last_source"],
        row["recipient"],
    )
