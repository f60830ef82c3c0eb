"""The same touchpoints by `eventsourcing` with its Postgres recorders: appended one by one, projected into sums.

    .venv-peers/bin/python benchmarks/peers/eventsourcing_sums.py HOST PORT DATABASE USER PASSWORD PEOPLE EVENTS

An aggregate a person, cached; each touchpoint is an event of it, saved when it is reported. A projection adds its
weight, decayed to a reference moment, to the person's sum, exactly once by its tracking record. Prints events a second.
Runs in an environment of its own (`make peers`).
"""

import math
import random
import sys
import time
from functools import singledispatchmethod
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

RATE = math.log(2) / (30 * 86_400)
ADDED = SQL(
    "insert into eventsourcing_sums values (%s, %s) "
    "on conflict (person) do update set weight = eventsourcing_sums.weight + excluded.weight"
)


class Stakeholder(Aggregate):
    """One person's history."""

    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name

    @event("Touched")
    def touch(self, kind: str, at: float, minutes: float) -> None:
        """Note one touchpoint."""


class Relationships(Application):
    """All people."""

    snapshotting_intervals = None


class Sums(PostgresTrackingRecorder):
    """The sums, and how far the log is in them."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(
            SQL("create table if not exists eventsourcing_sums (person text primary key, weight double precision)")
        )

    def add(self, person: str, weight: float, tracking: Tracking) -> None:
        """Add once: sum and tracking record in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(ADDED, (person, weight))


class Summing(Projection[Sums]):
    """Adds each touchpoint."""

    name = "summing"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Add what is a touchpoint, and pass over the rest."""
        if isinstance(domain_event, Stakeholder.Touched):
            weight = domain_event.minutes / 30 * math.exp(RATE * (domain_event.at - 1_767_225_600))
            self.view.add(str(domain_event.originator_id), weight, tracking)
        else:
            self.view.insert_tracking(tracking)


def main(host: str, port: str, database: str, user: str, password: str, people: str, events: str) -> None:
    """Append and project, and print how many a second."""
    env = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": port,
        "POSTGRES_DBNAME": database,
        "POSTGRES_USER": user,
        "POSTGRES_PASSWORD": password,
        "AGGREGATE_CACHE_MAXSIZE": people,
        "AGGREGATE_CACHE_FASTFORWARD": "n",
    }
    chance = random.Random(1)
    with ProjectionRunner(
        application_class=Relationships, projection_class=Summing, view_class=Sums, env=env
    ) as runner:
        app = runner.app
        crowd = [Stakeholder(f"person-{number}") for number in range(int(people))]
        app.save(*crowd)
        last = app.recorder.max_notification_id()
        runner.wait(last, timeout=60)
        began = time.perf_counter()
        for _ in range(int(events)):
            person = app.repository.get(chance.choice(crowd).id)
            person.touch("meeting", 1_790_000_000 + chance.random() * 86_400, 30.0)
            last = app.save(person)[-1].notification.id
        runner.wait(last, timeout=300)
        print(int(events) / (time.perf_counter() - began))


if __name__ == "__main__":
    main(*sys.argv[1:8])
