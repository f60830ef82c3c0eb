"""Looks now and then at what is more than one relationship: initiatives every hour, sources every five minutes."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from services.alerts import store
from services.alerts.announce import About, Announcement, about_part, derived
from services.alerts.audience import Audience
from services.alerts.schedule import schedule
from services.alerts.tell import tell
from services.alerts.whole import Part, Voice, because_of, holes, judge_whole, stale
from services.alerts.wording import clause
from shared.alignment.model import Lines
from shared.judging.judge import Change, Verdict
from shared.judging.relationship import Because, OpenAlert
from shared.plumbing.models import live_model
from shared.plumbing.queries import query
from shared.vocabulary import Reason

PACKAGE = "services.alerts"
SOURCES_EVERY = timedelta(minutes=5)
INITIATIVES_EVERY = timedelta(hours=1)


async def look(connection: Any, to: Audience, now: datetime) -> int:
    """Look at whatever it is time to look at, and return how many announcements came of it."""
    live = await live_model(connection)
    if live is None:
        return 0
    lines = live[1].lines
    said = await _look(connection, "sources", now, SOURCES_EVERY, partial(look_at_sources, connection, to, now))
    for row in await connection.fetch("select initiative from roster.initiatives order by initiative"):
        look_at = partial(look_at_initiative, connection, to, row["initiative"], lines, now)
        said += await _look(connection, f"initiative {row['initiative']}", now, INITIATIVES_EVERY, look_at)
    return said


async def _look(
    connection: Any, what: str, now: datetime, every: timedelta, look_at: Callable[[], Awaitable[list[Announcement]]]
) -> int:
    """Look if nobody has for so long; in the same transaction, so that a look that breaks off is none."""
    async with connection.transaction():
        is_time = await connection.fetchval(query(PACKAGE, "is_time"), what, now, every)
        return len(await look_at()) if is_time else 0


async def look_at_sources(connection: Any, to: Audience, now: datetime) -> list[Announcement]:
    """Judge every source, and wake whom a source that speaks again had held back, in the caller's transaction."""
    await connection.execute(query(PACKAGE, "lock_open_wholes"), None)
    found = []
    for row in await connection.fetch(query(PACKAGE, "voices"), now):
        voice = Voice(row["source"], row["last_event_at"], row["usual_gap"], row["stale_since"])
        because = stale(voice, now)
        alert = _alert(row)
        verdict = judge_whole((because,) if because else (), alert, _dealt_with(row["settled_at"]), now)
        found.append(_announced(About(source=voice.source), f"The source {voice.source}", alert, verdict, now))
    said = await _say(connection, to, [what for what in found if what], now)
    spoken = [what.about.source for what in said if what.event == Change.RESOLVED]
    await connection.execute(query(PACKAGE, "wake_held"), spoken, now)
    return said


async def look_at_initiative(
    connection: Any, to: Audience, initiative: str, lines: Lines, now: datetime
) -> list[Announcement]:
    """Judge every function and level of an initiative, in the caller's transaction."""
    await connection.execute(query(PACKAGE, "lock_open_wholes"), initiative)
    holding = await _holes(connection, initiative, lines, now)
    found = []
    for row in await connection.fetch(query(PACKAGE, "whole_alerts"), initiative, list(holding)):
        alert, dealt_with = _alert(row), _dealt_with(row["settled_at"], row["switched_until"])
        verdict = judge_whole(tuple(holding.get(row["part"], ())), alert, dealt_with, now)
        who = f"{row['part'].capitalize()} of {initiative}"
        found.append(_announced(about_part(initiative, row["part"]), who, alert, verdict, now))
    return await _say(connection, to, [what for what in found if what], now)


async def _holes(connection: Any, initiative: str, lines: Lines, now: datetime) -> dict[str, list[Because]]:
    """Return what is missing in each part, and since when."""
    parts = [Part(initiative, **row) for row in await connection.fetch(query(PACKAGE, "parts"), initiative, now)]
    found = [(part, reason) for part in parts for reason in holes(part)]
    rows = orjson.dumps([{"part": part.part, "reason": reason} for part, reason in found]).decode()
    since = {
        (row["part"], row["reason"]): row["since"]
        for row in await connection.fetch(query(PACKAGE, "keep_wholes"), initiative, now, rows)
    }
    holding: dict[str, list[Because]] = {}
    for part, reason in found:
        holding.setdefault(part.part, []).append(because_of(part, reason, since[part.part, reason], lines))
    return holding


async def _say(connection: Any, to: Audience, found: list[Announcement], now: datetime) -> list[Announcement]:
    said = await store.write(connection, found, {its.alert_id: schedule(its, to.policy) for its in found})
    if said:
        await tell(connection, to, said, now)
    return said


def _announced(about: About, who: str, alert: OpenAlert | None, verdict: Verdict, now: datetime) -> Announcement | None:
    if verdict.change not in {Change.OPENED, Change.JOINED, Change.RESOLVED}:
        return None
    is_over = verdict.change is Change.RESOLVED
    known = alert.told if alert else ()
    reasons = list(known) if is_over else [because.as_dict() for because in verdict.told]
    since = now if is_over else verdict.told[0].since
    return Announcement(
        alert.alert_id if alert else derived(about, reasons[0]["reason"], since),
        None,
        verdict.change,
        "alert",
        alert.reason if alert else Reason(reasons[0]["reason"]),
        reasons,
        None,
        since,
        f"{who} is well again." if is_over else f"{who} {_clauses(reasons)}.",
        now,
        about,
        known,
        "resolved" if is_over else alert.status if alert else "open",
        assignee=alert.assignee if alert else None,
        snoozed_until=alert.snoozed_until if alert else None,
    )


def _clauses(reasons: Iterable[dict[str, Any]]) -> str:
    return " and ".join(clause(its["reason"], its) for its in reasons)


def _dealt_with(*moments: datetime | None) -> tuple[datetime, ...]:
    return tuple(moment for moment in moments if moment is not None)


def _alert(row: Any) -> OpenAlert | None:
    if row["alert_id"] is None:
        return None
    told = tuple(orjson.loads(row["reasons"]))
    return OpenAlert(
        row["alert_id"], Reason(row["reason"]), told, "alert", row["status"], row["snoozed_until"], row["assignee"]
    )
