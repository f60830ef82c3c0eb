"""What one writes first: a FastStream subscriber that takes one event and makes one transaction of it.

    python -m benchmarks.peers.naive NATS_URL DATABASE_URL

It validates the envelope, keeps the event in a table under a unique key and adds its weight, decayed to a reference
moment, to the sum of the person: no fan-out, no privacy, one channel instead of eight.
"""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker
from nats.js.api import ConsumerConfig
from pydantic import BaseModel

SCHEMA = """
    create table if not exists naive_log (id text primary key, person text not null, at timestamptz not null);
    create table if not exists naive_sums (person text primary key, weight double precision not null)
"""
LOGGED = "insert into naive_log values ($1, $2, $3) on conflict do nothing returning id"
ADDED = """
    insert into naive_sums values ($1, exp(extract(epoch from $2::timestamptz - '2026-01-01')::float8 * 3e-7))
    on conflict (person) do update set weight = naive_sums.weight + excluded.weight
"""


class Person(BaseModel):
    """Who was touched."""

    address: str


class Data(BaseModel):
    """What happened."""

    people: list[Person]
    kind: str


class Event(BaseModel):
    """A CloudEvent, as far as this looks at it."""

    id: str
    time: datetime
    data: Data


async def serve(nats_url: str, database_url: str) -> None:
    """Take events until cancelled."""
    broker = NatsBroker(nats_url, logger=None)
    pool: list[Any] = []

    @asynccontextmanager
    async def lifespan() -> Any:
        async with asyncpg.create_pool(database_url, min_size=1, max_size=10) as its:
            await its.execute(SCHEMA)
            pool.append(its)
            yield

    @broker.subscriber(
        "naive.in",
        stream=JStream("NAIVE", declare=False),
        durable="naive",
        config=ConsumerConfig(max_ack_pending=1000),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        max_workers=10,
    )
    async def take(event: Event) -> None:
        person = event.data.people[0].address
        async with pool[0].acquire() as connection, connection.transaction():
            if await connection.fetchval(LOGGED, event.id, person, event.time):
                await connection.execute(ADDED, person, event.time)

    await FastStream(broker, lifespan=lifespan).run()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:3]))
