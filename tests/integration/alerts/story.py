"""Stories in virtual time: what happens on which day, and what alerts makes of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import MAXYEAR, datetime, timedelta
from itertools import count
from typing import Any

import asyncpg
import orjson

from services.alerts.announce import Announcement
from services.alerts.audience import Audience
from services.alerts.channels.webhook import Webhook
from services.alerts.look import look
from services.alerts.notify import notify
from services.alerts.policy import Policy as AlertsPolicy
from services.alerts.tell import release_due
from services.alerts.tend import tend_due
from services.alerts.watch import judge_due
from services.ingest.interpret import Policy, interpret
from services.projector.batch import gather
from services.projector.project import project
from shared.alignment.model import Model, default_model
from shared.events.accepted import pack
from shared.plumbing.clock import now
from shared.plumbing.models import put_in_force

POLICY = Policy(b"a key for tests")
CHANNELS = (
    {"kind": "nats", "name": "nats"},
    {
        "kind": "webhook",
        "name": "webhook",
        "url": "http://hooks.example/hook",
        "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "allow_private": True,
    },
)


def audience(**policy: Any) -> Audience:
    """Return who is told: NATS and a webhook, and what the policy adds."""
    written = {**policy, "channels": [*CHANNELS, *policy.get("channels", ())]}
    return Audience("http://console.example", AlertsPolicy.model_validate(written))


AUDIENCE = audience()
numbers = count(1)


@dataclass
class Story:
    """Day 0 is now; what happens before it is history, and what happens after it is as if it were then."""

    connection: asyncpg.Connection
    start: datetime = field(default_factory=now)
    to: Audience = AUDIENCE
    webhook: Webhook | None = None
    """Where it is set, what is told on the channel `webhook` while the story lives is posted there."""

    async def model(self, model: Model | None = None) -> None:
        await put_in_force(self.connection, model or default_model(), self.start)

    async def person(self, name: str = "ana", initiative: str = "change", **facts: Any) -> int:
        """Put somebody on a roster."""
        handle, address = POLICY.handle_of(f"{name}@corp.example"), f"{name}@corp.example"
        relationship: int = await self.connection.fetchval(
            """
            with known as (insert into roster.initiatives values ($1) on conflict do nothing),
            person as (
                insert into roster.people (stakeholder, name) values ($2, initcap($2)) returning person_id
            ),
            address as (insert into roster.addresses select $3, person_id, $4 from person)
            insert into roster.stakeholders (
                initiative, person_id, owner, role, cadence_days, function, importance, overrides, added_at
            )
            select $1, person_id, $5, $6, $7, $8, $9, $10, $11 from person
            returning relationship_id
            """,
            initiative,
            name,
            handle,
            address,
            facts.get("owner"),
            facts.get("role"),
            facts.get("cadence_days"),
            facts.get("function"),
            facts.get("importance", 1.0),
            orjson.dumps(facts.get("overrides", {})).decode(),
            self.start,
        )
        await self.connection.execute(
            "insert into projector.states (relationship_id, wake_at) values ($1, $2)",
            relationship,
            self.start,
        )
        return relationship

    def at(self, day: float) -> datetime:
        return self.start + timedelta(days=day)

    async def happens(self, day: float, name: str = "ana", kind: str = "meeting", **data: Any) -> str:
        """Let one touchpoint happen and be folded; return its id."""
        event_id = f"event-{next(numbers)}"
        direction = {} if kind in {"meeting", "call"} else {"direction": "inbound"}
        people = [{"address": f"{name}@corp.example"}]
        await self._project(
            {
                "specversion": "1.0",
                "id": event_id,
                "source": "calendar",
                "type": "attune.touchpoint.v1",
                "time": self.at(day).isoformat(),
                "data": {"kind": kind, "people": people, **direction, **data},
            },
            max(self.at(day), self.start),
        )
        return event_id

    async def plans(self, day: float, name: str = "ana") -> str:
        """Book a meeting that lies ahead."""
        return await self.happens(day, name, planned=True)

    async def takes_back(self, day: float, event_id: str) -> None:
        """Let the source take a touchpoint back."""
        await self._project(
            {
                "specversion": "1.0",
                "id": f"retraction-{next(numbers)}",
                "source": "calendar",
                "type": "attune.retraction.v1",
                "time": self.at(day).isoformat(),
                "data": {"source": "calendar", "id": event_id},
            },
            self.at(day),
        )

    async def _project(self, event: dict[str, Any], received_at: datetime) -> None:
        outcomes = interpret(orjson.dumps([event]), "acme", received_at, POLICY)
        assert not [outcome.refusal for outcome in outcomes if outcome.refusal]
        touchpoints = [touchpoint for outcome in outcomes for touchpoint in outcome.touchpoints]
        retractions = [outcome.retraction for outcome in outcomes if outcome.retraction]
        await project(gather([pack(touchpoints, retractions, "test")]), self.connection)

    async def judged(self, day: float) -> list[Announcement]:
        """Let alerts look on that day, until nothing is due; return what it announced."""
        announced: list[Announcement] = []
        # A minute later, because history just written is given time to settle.
        moment = self.at(day) + timedelta(seconds=60)
        while (judged := await judge_due(self.connection, self.to, moment)).relationships:
            announced += judged.announcements
        return announced

    async def judged_daily(self, first: int, last: int) -> list[tuple[int, str, str]]:
        """Let alerts look every day; return (day, event, reason) of what it announced."""
        return [
            (day, str(its.event), str(its.reason)) for day in range(first, last + 1) for its in await self.judged(day)
        ]

    async def tended(self, day: float) -> list[Announcement]:
        """Let alerts say what is due by the clock or by hand."""
        announced: list[Announcement] = []
        while said := await tend_due(self.connection, self.to, self.at(day)):
            announced += said
        return announced

    async def released(self, when: float | datetime) -> int:
        """Let alerts ask again about what was held back."""
        return await release_due(self.connection, self.to, when if isinstance(when, datetime) else self.at(when))

    async def posted(self, moment: datetime) -> None:
        """Let alerts send what is due."""
        while self.webhook and await notify(self, self.webhook, lambda: moment):
            pass

    @asynccontextmanager
    async def acquire(self, **_: Any) -> AsyncIterator[asyncpg.Connection]:
        """Lend the story's connection, as a pool does."""
        yield self.connection

    async def looked(self, day: float) -> int:
        """Let alerts look at initiatives and sources."""
        return await look(self.connection, self.to, self.at(day))

    async def lives(self, first: float, last: float) -> list[tuple[int, str, str]]:
        """Let alerts do its work whenever something is due; return (day, event, reason) of what it announced."""
        told: list[tuple[int, str, str]] = []
        moment = self.at(first) + timedelta(seconds=60)
        while moment <= self.at(last) + timedelta(seconds=60):
            said: list[Announcement] = []
            while (judged := await judge_due(self.connection, self.to, moment)).relationships:
                said += judged.announcements
            said += await tend_due(self.connection, self.to, moment)
            await self.released(moment)
            await self.posted(moment)
            told += [((moment - self.start).days, str(its.event), str(its.reason)) for its in said]
            due = await self.connection.fetchval(
                "select least((select min(wake_at) from projector.states), (select min(act_at) from alerts.alerts),"
                " (select min(next_attempt_at) from alerts.deliveries where held_for is not null))"
            )
            if due is None or due.year == MAXYEAR:
                break
            moment = max(due, moment + timedelta(seconds=1))
        return told

    async def hears(self, source: str, first: float, last: float, step: float = 1) -> None:
        """Let a source be heard of at a steady rhythm."""
        day = first
        while day <= last:
            await self.connection.execute(
                "insert into projector.heard values ($1, date_trunc('hour', $2::timestamptz), $2, $2, 1, 0)"
                " on conflict do nothing",
                source,
                self.at(day),
            )
            day += step

    async def act(self, day: float, action: str, until: float | None = None, note: str | None = None) -> None:
        """Let somebody act on the one alert that is not resolved."""
        [alert] = [row for row in await self.alerts() if row["status"] != "resolved"]
        until_at = None if until is None else self.at(until)
        statement = "select alerts.act($1, $2, 'ben', $3, $4, $5)"
        await self.connection.execute(statement, alert["id"], action, self.at(day), until_at, note)

    async def deliveries(self, channel: str) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(
            "select * from attune.deliveries where channel = $1 order by created_at, event", channel
        )
        return rows

    async def suppressed(self) -> list[tuple[str, str | None]]:
        """Return the reason and the channel of everything that was held back."""
        rows = await self.connection.fetch("select reason, channel from attune.suppressions order by number")
        return [tuple(row) for row in rows]

    async def alerts(self) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch("select * from attune.alerts order by opened_at")
        return rows

    async def watch(self) -> asyncpg.Record:
        return await self.connection.fetchrow(
            "select * from alerts.watches join projector.states using (relationship_id)"
        )

    async def becomes_warm(self, name: str = "ana", day: float = -1) -> None:
        """Have several good meetings in the days before."""
        for number in range(6):
            await self.happens(day - number, name, duration_minutes=60)
