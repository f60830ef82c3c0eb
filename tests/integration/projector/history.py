"""Small histories for the projector: people, what they report, and what the state then is."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import orjson

from services.ingest.interpret import Policy, interpret
from services.projector.batch import gather
from services.projector.project import Projected, project
from shared.alignment.model import default_model
from shared.events.accepted import pack
from shared.plumbing import clock
from shared.plumbing.models import ensure_model

# A noon that lies behind us: SQL's own now() must see everything.
NOW = (clock.now() - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
POLICY = Policy(b"a key for tests")
SUMS = ("contact", "dialogue", "depth", "accord", "strain", "pace_fast", "pace", "pace_slow", "evidence")


async def prepare(connection: asyncpg.Connection, people: Iterable[str], initiative: str = "change") -> None:
    """Put a model in force and the people on the roster of the initiative."""
    await ensure_model(connection, default_model(), NOW)
    await connection.execute("insert into roster.initiatives values ($1) on conflict do nothing", initiative)
    for name in people:
        await join(connection, name, initiative)


async def join(connection: asyncpg.Connection, name: str, initiative: str = "change") -> int:
    """Put one person on the roster and return the relationship."""
    person = await connection.fetchval(
        "insert into roster.people (stakeholder, name) values ($1, $1) "
        "on conflict (stakeholder) do update set name = excluded.name returning person_id",
        name,
    )
    address = f"{name}@corp.example"
    await connection.execute(
        "insert into roster.addresses values ($1, $2, $3) on conflict do nothing",
        POLICY.handle_of(address),
        person,
        address,
    )
    relationship = await connection.fetchval(
        "insert into roster.stakeholders (initiative, person_id) values ($1, $2) returning relationship_id",
        initiative,
        person,
    )
    await connection.execute("insert into projector.states (relationship_id) values ($1)", relationship)
    return int(relationship)


def touch(number: int, name: str = "ana", days_ago: float = 1, kind: str = "email", **data: Any) -> dict[str, Any]:
    """Return the envelope of one touchpoint."""
    direction = {} if kind in {"meeting", "call"} else {"direction": "inbound"}
    return {
        "specversion": "1.0",
        "id": f"event-{number}",
        "source": "mail/inbox",
        "type": "attune.touchpoint.v1",
        "time": (NOW - timedelta(days=days_ago)).isoformat(),
        "data": {"kind": kind, "people": [{"address": f"{name}@corp.example"}], **direction, **data},
    }


def retraction(number: int) -> dict[str, Any]:
    """Return the envelope that takes `touch(number)` back."""
    return {
        "specversion": "1.0",
        "id": f"retraction-{number}",
        "source": "mail/inbox",
        "type": "attune.retraction.v1",
        "data": {"source": "mail/inbox", "id": f"event-{number}"},
    }


def envelope(events: Sequence[dict[str, Any]]) -> bytes:
    """Return what ingest would send on."""
    outcomes = interpret(orjson.dumps(events), "acme", NOW, POLICY)
    assert not [outcome.refusal for outcome in outcomes if outcome.refusal]
    touchpoints = [touchpoint for outcome in outcomes for touchpoint in outcome.touchpoints]
    return pack(touchpoints, [o.retraction for o in outcomes if o.retraction], "test")


async def live(connection: asyncpg.Connection, *batches: Sequence[dict[str, Any]]) -> list[Projected]:
    """Project the batches one after another."""
    return [await project(gather([envelope(batch)]), connection) for batch in batches if batch]


async def states(connection: asyncpg.Connection) -> dict[str, dict[str, Any]]:
    """Return every state by initiative and stakeholder, without the moment it wants to be judged."""
    rows = await connection.fetch(
        "select initiative || '/' || stakeholder as who, states.* from projector.states "
        "join roster.stakeholders using (relationship_id) join roster.people using (person_id)",
    )
    return {
        row["who"]: {k: v for k, v in row.items() if k not in {"wake_at", "version", "relationship_id", "who"}}
        for row in rows
    }


def same(one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> bool:
    """Say whether the states are equal, sums to 1e-9 relative."""
    return one.keys() == other.keys() and all(_same(one[who], other[who]) for who in one)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        abs(value - other[name]) <= 1e-9 * max(abs(value), abs(other[name])) if name in SUMS else value == other[name]
        for name, value in one.items()
    )
