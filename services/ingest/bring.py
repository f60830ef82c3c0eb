"""ingest's verb for readers: publish what they yield, over the broker as any connector does."""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from nats.js import JetStreamContext
from rich.progress import Progress

from services.ingest import rejected
from services.ingest.connectors.items import Dropped, Item, Rejected
from shared.plumbing import clock, jetstream, sources, terminal
from shared.plumbing.counted import counted
from shared.plumbing.publisher import Publisher
from shared.plumbing.settings import Settings

NAMED_MAX = 20
SEEN_AT_ONCE = 500


@dataclass
class Brought:
    """What became of the items."""

    published: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    """The first rejections in full."""
    refused: int = 0
    """How many ingest or projector refused later; known only to those who wait."""

    def note(self, item: Dropped | Rejected) -> None:
        """Count what is not published."""
        if isinstance(item, Dropped):
            self.dropped[item.reason] += 1
            return
        self.rejected[item.rule] += 1
        if len(self.reasons) < NAMED_MAX:
            self.reasons.append(item.reason)

    @property
    def read(self) -> int:
        """Return how many items there were."""
        return self.published + self.dropped.total() + self.rejected.total()


async def bring(items: Iterable[Item], chosen: Settings, source: str, total: int | None, wait: bool) -> Brought:
    """Publish as `source`, a known one from now on; return once all is stored, and counted if `wait`."""
    async with jetstream.connected(chosen.nats_url.get_secret_value(), source) as stream:
        await ensure_registered(stream, sources.check_name(source))
        before = await rejected.last(stream) if wait else 0
        with terminal.progress("Publishing", total) as bar:
            brought = await publish(items, Publisher(stream, source), bar)
        if wait:
            with terminal.progress("Counting") as bar:
                await counted(stream, lambda done, of: bar.update(bar.task_ids[0], completed=done, total=of))
            brought.refused = await rejected.count_since(stream, before, source)
    return brought


async def publish(items: Iterable[Item], publisher: Publisher, bar: Progress) -> Brought:
    """Publish the envelopes and count the rest; return once every envelope is acknowledged."""
    brought = Brought()
    async with publisher:
        for item in items:
            if isinstance(item, Dropped | Rejected):
                brought.note(item)
            else:
                await publisher.publish(item)
                brought.published += 1
            if brought.read % SEEN_AT_ONCE == 0:
                bar.update(bar.task_ids[0], completed=brought.read)
    bar.update(bar.task_ids[0], completed=brought.read, total=brought.read)
    return brought


async def ensure_registered(stream: JetStreamContext, source: str) -> None:
    """Let `source` report; nobody is told the token of one that commands alone use."""
    if not await sources.is_registered(stream, source):
        await sources.register(stream, source, secrets.token_urlsafe(32), clock.now())
