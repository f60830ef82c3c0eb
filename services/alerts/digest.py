"""What is open for each person, in one mail, when they want it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from services.alerts import outbox
from services.alerts.announce import derived
from services.alerts.audience import Audience
from services.alerts.plan import Outgoing, Planned
from services.alerts.policy import Digest, MailChannel, Policy
from services.alerts.render import digest as rendered
from shared.hours import DAYS
from shared.plumbing.queries import query

PACKAGE = "services.alerts"
DAY = timedelta(days=1)


async def digest_due(connection: Any, to: Audience, now: datetime) -> int:
    """Put the digests that are due into the outbox, and return how many."""
    if all(
        its.rhythm == "off" for its in (to.policy.digest, *(o.digest for o in to.policy.owners.values() if o.digest))
    ):
        return 0
    sent = 0
    async with connection.transaction():
        for row in await connection.fetch(query(PACKAGE, "digest_people"), list(to.policy.owners), now - 8 * DAY):
            sent += await _digest(connection, to, row["person"], row["sent_at"], now)
    return sent


async def _digest(connection: Any, to: Audience, person: str, sent_at: datetime | None, now: datetime) -> bool:
    wanted, address = to.policy.digest_of(person), to.policy.address_of(person)
    slot = last_slot(wanted, to.policy, person, now)
    channel = next((its for its in to.policy.channels if its.name == wanted.channel), None)
    if slot is None or address is None or not isinstance(channel, MailChannel):
        return False
    if sent_at is None or sent_at >= slot:
        # Whoever is new waits for their first morning.
        if sent_at is None:
            await connection.execute(query(PACKAGE, "digest_sent"), person, now)
        return False
    if not await connection.fetchval(query(PACKAGE, "digest_sent"), person, now):
        return False
    facts = await gathered(connection, to, person, sent_at, now)
    if not wanted.all_clear and not any(facts[name] for name in ("alerts", "soon", "held")):
        return False
    payload = orjson.dumps(rendered(facts, to.policy.templates_of(channel.name))).decode()
    name = derived("digest", person, slot)
    await outbox.put(
        connection,
        Planned([Outgoing(name, None, "digest", channel.name, address, payload, now, now, now, person)], []),
    )
    return True


async def gathered(connection: Any, to: Audience, person: str | None, since: datetime, now: datetime) -> dict[str, Any]:
    """Return what a digest says: what is open, what is near, what the plan proposes, what was held back since then."""
    alerts = await connection.fetch(query(PACKAGE, "digest_alerts"), person, since)
    soon = await connection.fetch(query(PACKAGE, "digest_soon"), person, now, now + 7 * DAY)
    plan = await connection.fetch(query(PACKAGE, "digest_plan"), person, now)
    held = await connection.fetch(query(PACKAGE, "digest_held"), person, since)
    return {
        "alerts": [dict(row) for row in alerts],
        "soon": [dict(row) for row in soon],
        "plan": [dict(row) for row in plan],
        "held": Counter({row["reason"]: row["count"] for row in held}),
        "link": to.console_url.rstrip("/"),
    }


def last_slot(wanted: Digest, policy: Policy, person: str, now: datetime) -> datetime | None:
    """Return the latest moment at which a digest was to go out; on days off it waits for the next working day."""
    if wanted.rhythm == "off":
        return None
    hours = policy.hours_of(person)
    zone = ZoneInfo(hours.time_zone)
    for days in range(8 + 7):
        day = now.astimezone(zone).date() - days * DAY
        at = datetime.combine(day, wanted.at, zone).astimezone(UTC)
        is_day = wanted.rhythm == "daily" or DAYS[day.weekday()] == wanted.on
        # Weekly on a holiday is weekly still: a day later would be another rhythm.
        if at <= now and is_day and (wanted.rhythm == "weekly" or hours.works_on(day)):
            return at
    return None
