"""A model of the way from publication to `attune.alignment`, as queues: what docs/scale.md's sums of means leave out.

Two cores serve whoever asks first. The load generator, NATS, ingest, the projector and Postgres each do one thing at a
time; ingest and the projector take all that has arrived as one batch, up to its bound, as the services do.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

CORES = 2
TICK = 0.01
"""Seconds between two handfuls of the load generator (benchmarks/freshness.py)."""
LOOK_EVERY = 0.002
DRAINED_WITHIN = 2.0
INGEST_MAX, FOLD_MAX = 1000, 10_000
"""Touchpoints in one batch of ingest and of the projector, about (BATCH_BYTES in their app.py)."""

Step = Generator[Any, Any, None]


@dataclass(frozen=True)
class Cost:
    """Seconds of processor that one process spends: for each batch, and for each touchpoint in it."""

    batch: float
    touchpoint: float

    def of(self, touchpoints: int) -> float:
        """Return what a batch costs."""
        return self.batch + self.touchpoint * touchpoints


@dataclass(frozen=True)
class Costs:
    """What the model is fed with; all of it is measured."""

    load: Cost
    nats: Cost
    ingest: Cost
    projector: Cost
    postgres: Cost
    background: float
    """Processors that are busy whatever the rate: the one who looks whether a touchpoint is there, above all."""
    waiting: float
    """Seconds on the way in which nobody's processor works: the disk, the network, sleeping and waking."""


class Pipeline:
    """One run: publish at a rate for some seconds, and see when each touchpoint is there."""

    def __init__(self, costs: Costs, rate: int, seed: int) -> None:
        """Prepare a run of its own chance."""
        self.costs, self.rate, self.chance = costs, rate, random.Random(seed)
        self.now = simpy.Environment()
        self.cores = simpy.Resource(self.now, CORES)
        self.intake: simpy.Store = simpy.Store(self.now)
        self.accepted: simpy.Store = simpy.Store(self.now)
        self.latencies: list[float] = []

    def run(self, seconds: float) -> list[float]:
        """Return the latencies in order, in seconds; what has not arrived in the end is infinitely late."""
        for process in (self.background(), self.load(seconds), self.ingest(), self.projector()):
            self.now.process(process)
        self.now.run(seconds + DRAINED_WITHIN)
        late = int(seconds / TICK) * int(self.rate * TICK) - len(self.latencies)
        return sorted(self.latencies) + [float("inf")] * late

    def work(self, seconds: float) -> Step:
        """Hold a core for as long; how long varies as much as it does for whoever shares memory and caches."""
        with self.cores.request() as core:
            yield core
            yield self.now.timeout(seconds * self.chance.lognormvariate(0, 0.25))

    def background(self) -> Step:
        """Be busy with something else, a little at a time."""
        while True:
            yield self.now.timeout(LOOK_EVERY)
            yield from self.work(self.costs.background * LOOK_EVERY)

    def load(self, seconds: float) -> Step:
        """Publish a handful every tick, and let NATS keep and hand out each."""
        for number in range(int(seconds / TICK)):
            yield self.now.timeout(max(0.0, number * TICK - self.now.now))
            handful = int(self.rate * TICK)
            published_at = self.now.now
            yield from self.work(self.costs.load.of(handful))
            yield from self.work(self.costs.nats.of(handful))
            yield self.intake.put([published_at] * handful)

    def taken(self, store: simpy.Store, most: int) -> Generator[Any, Any, list[float]]:
        """Wait for something, and take with it what else is there."""
        batch: list[float] = yield store.get()
        while store.items and len(batch) + len(store.items[0]) <= most:
            batch = batch + (yield store.get())
        return batch

    def ingest(self) -> Step:
        """Interpret batch after batch; the envelope passes through NATS."""
        while True:
            batch = yield from self.taken(self.intake, INGEST_MAX)
            yield from self.work(self.costs.ingest.of(len(batch)))
            yield from self.work(self.costs.nats.batch)
            yield self.accepted.put(batch)

    def projector(self) -> Step:
        """Decode a batch while the one before it is being stored."""
        turn = simpy.Resource(self.now, 1)
        places = simpy.Resource(self.now, 2)
        while True:
            place = places.request()
            yield place
            batch = yield from self.taken(self.accepted, FOLD_MAX)
            yield from self.work(self.costs.projector.of(len(batch)))
            self.now.process(self.fold(batch, turn, places, place))

    def fold(self, batch: list[float], turn: simpy.Resource, places: simpy.Resource, place: Any) -> Step:
        """Store a batch, one at a time: with its COMMIT it reads in `attune.alignment`."""
        with turn.request() as its:
            yield its
            yield from self.work(self.costs.postgres.of(len(batch)))
            yield self.now.timeout(self.costs.waiting)
        places.release(place)
        self.latencies += [self.now.now - published_at for published_at in batch]


def quantile(latencies: list[float], share: float) -> float:
    """Return the latency, in milliseconds, that a share of all stays under."""
    return 1000 * latencies[min(len(latencies) - 1, int(share * len(latencies)))]


def capacity(costs: Costs) -> float:
    """Return the touchpoints a second at which two cores have nothing left, in large batches."""
    each = sum(cost.touchpoint for cost in (costs.load, costs.nats, costs.ingest, costs.projector, costs.postgres))
    return CORES / each
