"""Stories in virtual time: what happens on which day, and what alerts makes of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import asyncpg
import orjson

from services.alerts.announce import Announcement
from services.alerts.watch import Audience, judge_due
from services.ingest.interpret import Policy, interpret
from services.projector.batch import gather
from services.projector.project import project
from shared.alignment.model import Model, default_model
from shared.events.accepted import pack
from shared.plumbing.clock import now
from shared.plumbing.models import put_in_force

POLICY = Policy(b"a key for tests")
AUDIENCE = Audience("http://console.example", "hooks.example")
numbers = count(1)


@dataclass
class Story:
    """Day 0 is now; what happens before it is history, and what happens after it is as if it were then."""

    connection: asyncpg.Connection
    start: datetime = field(default_factory=now)

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
            insert into roster.stakeholders (initiative, person_id, owner, role, cadence_days)
            select $1, person_id, $5, $6, $7 from person
            returning relationship_id
            """,
            initiative,
            name,
            handle,
            address,
            facts.get("owner"),
            facts.get("role"),
            facts.get("cadence_days"),
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

    async def _project(self, event: dict[str, Any], received_at: datetime) -> None:
        outcomes = interpret(orjson.dumps([event]), "acme", received_at, POLICY)
        assert not [outcome.refusal for outcome in outcomes if outcome.refusal]
        touchpoints = [touchpoint for outcome in outcomes for touchpoint in outcome.touchpoints]
        await project(gather([pack(touchpoints, [], "test")]), self.connection)

    async def judged(self, day: float) -> list[Announcement]:
        """Let alerts look on that day, until nothing is due; return what it announced."""
        announced: list[Announcement] = []
        # A minute later, because history just written is given time to settle.
        moment = self.at(day) + timedelta(seconds=60)
        while (judged := await judge_due(self.connection, AUDIENCE, moment)).relationships:
            announced += judged.announcements
        return announced

    async def judged_daily(self, first: int, last: int) -> list[tuple[int, str, str]]:
        """Let alerts look every day; return (day, event, reason) of what it announced."""
        return [
            (day, str(its.event), str(its.reason)) for day in range(first, last + 1) for its in await self.judged(day)
        ]

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
