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
from services.alerts.voice import Voice, stale
from services.alerts.wording import clause
from shared.alignment.model import Lines
from shared.judging.judge import Change, Verdict
from shared.judging.relationship import Because, OpenAlert
from shared.judging.whole import because_of, holes, judge_whole
from shared.plumbing.models import live_model
from shared.plumbing.parts import open_alert, parts, told_of_parts
from shared.plumbing.queries import query
from shared.vocabulary import Reason

PACKAGE = "services.alerts"
SOURCES_EVERY = timedelta(minutes=5)
INITIATIVES_EVERY = timedelta(hours=1)


async def look(connection: Any, to: Audience, now: datetime) -> int:
    """Look at whatever it is time to look at, and return how many announcements came of it."""
    if await live_model(connection) is None:
        return 0
    said = await _look(connection, "sources", now, SOURCES_EVERY, lambda _: look_at_sources(connection, to, now))
    for row in await connection.fetch("select initiative from roster.initiatives order by initiative"):
        look_at = partial(look_at_initiative, connection, to, row["initiative"], now)
        said += await _look(connection, f"initiative {row['initiative']}", now, INITIATIVES_EVERY, look_at)
    return said


async def _look(
    connection: Any,
    what: str,
    now: datetime,
    every: timedelta,
    look_at: Callable[[datetime | None], Awaitable[list[Announcement]]],
) -> int:
    """Look if nobody has for so long; in the same transaction, so that a look that breaks off is none."""
    async with connection.transaction():
        turn = await connection.fetchrow(query(PACKAGE, "is_time"), what, now, every)
        return len(await look_at(turn["seen_at"])) if turn else 0


async def look_at_sources(connection: Any, to: Audience, now: datetime) -> list[Announcement]:
    """Judge every source, and wake whom a source that speaks again had held back, in the caller's transaction."""
    await connection.execute(query(PACKAGE, "lock_open_wholes"), None)
    found = []
    for row in await connection.fetch(query(PACKAGE, "voices"), now):
        voice = Voice(row["source"], row["last_event_at"], row["usual_gap"], row["stale_since"])
        because = stale(voice, now)
        alert = open_alert(row)
        verdict = judge_whole((because,) if because else (), alert, row["settled_at"], now)
        found.append(_announced(About(source=voice.source), f"The source {voice.source}", alert, verdict, now))
    said = await _say(connection, to, [what for what in found if what], now)
    spoken = [what.about.source for what in said if what.event == Change.RESOLVED]
    await connection.execute(query(PACKAGE, "wake_held"), spoken, now)
    return said


async def look_at_initiative(
    connection: Any, to: Audience, initiative: str, now: datetime, seen_at: datetime | None
) -> list[Announcement]:
    """Judge every function and level of an initiative, in the caller's transaction; `seen_at` is the last look.

    Whoever was judged while something else was known of its depth is judged anew.
    """
    # As with relationships: no part may be read by one model and judged by another.
    await store.hold_model(connection)
    live = await live_model(connection)
    if live is None:
        return []
    await connection.execute(query(PACKAGE, "wake_by_depth"), initiative, seen_at, now)
    await connection.execute(query(PACKAGE, "lock_open_wholes"), initiative)
    holding = await _holes(connection, initiative, live[1].lines, now, seen_at)
    found = []
    for part, alert, settled_at in await told_of_parts(connection, initiative, holding):
        verdict = judge_whole(tuple(holding.get(part, ())), alert, settled_at, now)
        who = f"{part.capitalize()} of {initiative}"
        found.append(_announced(about_part(initiative, part), who, alert, verdict, now))
    return await _say(connection, to, [what for what in found if what], now)


async def _holes(
    connection: Any, initiative: str, lines: Lines, now: datetime, seen_at: datetime | None
) -> dict[str, list[Because]]:
    """Return what is missing in each part, and since when."""
    found = [(part, reason) for part in await parts(connection, initiative, now) for reason in holes(part)]
    rows = orjson.dumps([{"part": part.part, "reason": reason} for part, reason in found]).decode()
    since = {
        (row["part"], row["reason"]): row["since"]
        for row in await connection.fetch(query(PACKAGE, "keep_wholes"), initiative, now, rows, seen_at)
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
