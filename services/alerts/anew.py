"""Writes calls anew that were held back: whoever reads one after a weekend is to act on the figures of Monday."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.alerts.addressees import CALLS
from services.alerts.announce import Announcement
from services.alerts.audience import Audience
from services.alerts.behind import behind
from services.alerts.plan import Facts, Words
from services.alerts.standing import as_of_now, standing
from shared.plumbing.queries import query

PACKAGE = "services.alerts"


async def written_anew(connection: Any, to: Audience, held: Sequence[Any], now: datetime) -> dict[UUID, str]:
    """Return the words of those held messages that can be written as of now; the others say of when they are."""
    calls = [row for row in held if row["event"] in CALLS and row["relationship_id"] is not None]
    if not calls:
        return {}
    alerts = await _alerts(connection, calls, now)
    known = await behind(
        connection, sorted({its.relationship_id for its in alerts.values() if its.relationship_id}), now
    )
    contents = {name: found.content for name, its in alerts.items() if (found := known.get(its.relationship_id or 0))}
    words = Words(to.policy, to.console_url, Facts(contents=contents))
    said = await _said(connection, alerts)
    return {
        row["delivery_id"]: words.of(its, row["channel"])
        for row in calls
        if (last := said.get((row["alert_id"], row["event"])))
        and (its := as_of_now(alerts[row["alert_id"]]._replace(event=row["event"], **last), known))
    }


async def _alerts(connection: Any, calls: Sequence[Any], now: datetime) -> dict[UUID, Announcement]:
    ids = sorted({row["alert_id"] for row in calls})
    rows = await connection.fetch(query(PACKAGE, "to_tend"), ids, sorted(CALLS), [])
    return {row["alert_id"]: standing(row, now) for row in rows}


async def _said(connection: Any, alerts: Mapping[UUID, Announcement]) -> dict[tuple[UUID, str], dict[str, Any]]:
    """Return by whom each of the calls was brought about last, and what they said."""
    rows = await connection.fetch(query(PACKAGE, "last_said"), list(alerts), sorted(CALLS))
    return {(row["alert_id"], row["event"]): {"actor": row["actor"], "note": row["note"]} for row in rows}
