"""Many relationships at once, written straight into roster and states: what a large house looks like to alerts."""

from datetime import datetime

import asyncpg

PEOPLE = """
with known as (insert into roster.initiatives values ('crowd') on conflict do nothing),
people as (
    insert into roster.people (stakeholder, name)
    select 'crowd' || number, 'Crowd ' || number from generate_series(1, $1) as number
    returning person_id, stakeholder
),
addresses as (
    insert into roster.addresses (handle, person_id, address)
    select md5(stakeholder)::uuid, person_id, stakeholder || '@corp.example' from people
)
insert into roster.stakeholders (initiative, person_id, cadence_days, owner)
select 'crowd', person_id, 7, 'eva' from people
"""
STATES = """
insert into projector.model_states (
    relationship_id, touch_days, as_of, first_touch_at, last_touch_at, wake_at, contact, dialogue, depth, accord, evidence
)
select relationship_id, 6, $1::timestamptz - interval '9 days', $1::timestamptz - interval '12 days',
    $1::timestamptz - interval '7 days 1 hour',
    case when row_number() over (order by relationship_id) <= $2 then $1::timestamptz - interval '1 hour' else 'infinity' end,
    6, 6, $3, 1, 10
from roster.stakeholders
where initiative = 'crowd'
"""


async def crowd(connection: asyncpg.Connection, people: int, due: int, at: datetime, depth: float = 3.0) -> None:
    """Put people on a roster, all well but overdue by an hour, of whom alerts is to judge the first `due`.

    Without depth they are as a house knows them that reports mails alone.
    """
    await connection.execute(PEOPLE, people, timeout=600)
    await connection.execute(STATES, at, due, depth, timeout=600)
    await connection.execute("analyze")
