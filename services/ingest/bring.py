"""ingest's verb for readers: publish what they yield, over the broker as any connector does."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from nats.js import JetStreamContext
from rich.progress import Progress

from services.ingest.connectors.items import Doomed, Dropped, Item, Rejected
from services.ingest.judged import judged, policy_now
from shared.plumbing import clock, jetstream, rejected, sources, terminal
from shared.plumbing.counted import counted
from shared.plumbing.publisher import Publisher
from shared.plumbing.settings import Settings

NAMED_MAX = 20
SEEN_AT_ONCE = 500


@dataclass
class Brought:
    """What became of the items."""

    published: int = 0
    acknowledged: int = 0
    """How many of the published are surely stored."""
    dropped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    """The first rejections in full."""
    doomed: int = 0
    """How many of the published will be refused, as far as can be foreseen."""
    refused: int = 0
    """The same; for those who wait, how many ingest and projector did refuse."""

    def note(self, item: Dropped | Rejected) -> None:
        """Count what is not published."""
        if isinstance(item, Dropped):
            self.dropped[item.reason] += 1
            return
        self.rejected[item.rule] += 1
        self.explain(item.reason)

    def foresee(self, item: Doomed) -> None:
        """Count what is published in vain."""
        self.doomed += 1
        self.refused = self.doomed
        self.explain(item.reason)

    def explain(self, reason: str) -> None:
        """Keep the first few."""
        if len(self.reasons) < NAMED_MAX:
            self.reasons.append(reason)

    def acknowledge(self, events: int) -> None:
        """Count what is stored."""
        self.acknowledged += events

    def __add__(self, other: "Brought") -> "Brought":
        """Return what became of the items of both."""
        return Brought(
            self.published + other.published,
            self.acknowledged + other.acknowledged,
            self.dropped + other.dropped,
            self.rejected + other.rejected,
            [*self.reasons, *other.reasons][:NAMED_MAX],
            self.doomed + other.doomed,
            self.refused + other.refused,
        )

    @property
    def unexplained(self) -> int:
        """Return how many rejections are not among the reasons."""
        return self.rejected.total() + self.doomed - len(self.reasons)

    @property
    def read(self) -> int:
        """Return how many items there were."""
        return self.published + self.dropped.total() + self.rejected.total()

    @property
    def accepted(self) -> int:
        """Return how many were accepted, again or for the first time: all that left, but what was refused later."""
        return self.published - self.refused


async def bring(
    items: Iterable[Item], chosen: Settings, source: str, total: int | None, *, wait: bool, undone: str = ""
) -> Brought:
    """Publish as `source`, a known one from now on; return once all is stored, and counted if `wait`.

    Who interrupts it is told how far it came, and what is left `undone`.
    """
    brought = Brought()
    with told_if_interrupted(brought, undone):
        await bring_into(brought, items, chosen, source, total, wait)
    return brought


@contextmanager
def told_if_interrupted(brought: Brought, undone: str) -> Iterator[None]:
    """Say on Ctrl-C, which arrives as a cancellation, what is done and how to go on."""
    try:
        yield
    except asyncio.CancelledError:
        done = f"interrupted after {brought.acknowledged} events{undone and f'; {undone}'}"
        click.echo(f"attune: {done} — run the same command again, nothing counts twice", err=True)
        raise


async def bring_into(
    brought: Brought, items: Iterable[Item], chosen: Settings, source: str, total: int | None, wait: bool
) -> None:
    """Do so, keeping account in `brought` all the time."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), source) as stream:
        policy = await policy_now(chosen, stream)
        await ensure_registered(stream, sources.check_name(source))
        before = await rejected.last(stream) if wait else 0
        known = judged(items, source, clock.now(), policy)
        with terminal.progress("Publishing", total) as bar:
            await publish(known, Publisher(stream, source, brought.acknowledge), brought, bar)
        if wait and brought.published:
            with terminal.progress("Counting", brought.published) as bar:
                await counted(
                    stream, lambda done, of: bar.update(bar.task_ids[0], completed=brought.published * done // of)
                )
            brought.refused = await rejected.count_since(stream, before, source)


async def publish(items: Iterable[Item], publisher: Publisher, brought: Brought, bar: Progress) -> None:
    """Publish the envelopes and count the rest; return once every envelope is acknowledged."""
    async with publisher:
        for item in items:
            await pass_on(item, publisher, brought)
            if brought.read % SEEN_AT_ONCE == 0:
                bar.update(bar.task_ids[0], completed=brought.read)
    bar.update(bar.task_ids[0], completed=brought.read, total=brought.read)


async def pass_on(item: Item, publisher: Publisher, brought: Brought) -> None:
    """Publish the envelope, or count why there is none."""
    if isinstance(item, Dropped | Rejected):
        brought.note(item)
        return
    if isinstance(item, Doomed):
        brought.foresee(item)
        item = item.event
    await publisher.publish(item)
    brought.published += 1


async def ensure_registered(stream: JetStreamContext, source: str) -> None:
    """Let `source` report; nobody is told the token of one that commands alone use."""
    if not await sources.is_registered(stream, source):
        await sources.register(stream, source, secrets.token_urlsafe(32), clock.now())
