"""One message on its way to one channel, and what an attempt to send it came to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, Self
from uuid import UUID

PAUSE_MIN = timedelta(seconds=2)
PAUSE_MAX = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
"""From the first attempt: what was held back for a while is not given up the sooner."""


TOGETHER = 50
"""Messages sent side by side on a channel that says nothing else."""


class Bounds(NamedTuple):
    """What all replicas together keep to on a channel; None is no bound."""

    most_underway: int | None = None
    most_begun: int | None = None
    """Within any `span`."""
    span: timedelta = timedelta(0)

    @classmethod
    def of(cls, concurrency: int | None, per_second: float | None) -> Self:
        """Return the bounds; a rate is kept in whole messages, over as long as so many take."""
        if per_second is None:
            return cls(concurrency)
        begun = max(1, int(per_second))
        return cls(concurrency, begun, timedelta(seconds=begun / per_second))

    def are_set(self) -> bool:
        """Say whether there is anything to keep to."""
        return self.most_underway is not None or self.most_begun is not None


class Delivery(NamedTuple):
    """A message of the outbox, leased to whoever holds this."""

    delivery_id: UUID
    channel: str
    destination: str
    payload: str
    first_attempt_at: datetime
    attempts: int
    """This one included."""
    alert_id: UUID | None = None
    created_at: datetime | None = None


class Batch(NamedTuple):
    """Messages taken together; a number where the channel is bounded."""

    deliveries: Sequence[Delivery]
    number: int | None = None


class Outcome(NamedTuple):
    """What became of an attempt; without an error it was delivered."""

    error: str | None = None
    retry_after: timedelta = timedelta(0)
    """What the receiver asked for."""
    is_gone: bool = False
    """The receiver wants nothing more, ever."""
    is_refused: bool = False
    """The receiver will never take this message; others it may."""


class Channel(Protocol):
    """A way to tell people."""

    name: str

    async def send(self, delivery: Delivery, now: datetime) -> Outcome:
        """Send once, within a bounded time; the receiver may see the same id again."""

    async def close(self) -> None:
        """Close connections that were kept open."""


class Step(NamedTuple):
    """What the outbox notes after an attempt; one of the three moments is set."""

    delivery_id: UUID
    delivered_at: datetime | None = None
    next_attempt_at: datetime | None = None
    gave_up_at: datetime | None = None
    last_error: str | None = None


def after(delivery: Delivery, outcome: Outcome, now: datetime, jitter: float) -> Step:
    """Return the next step; `jitter` is anything from 0 to 1."""
    if outcome.error is None:
        return Step(delivery.delivery_id, delivered_at=now)
    again_at = now + max(pause(delivery.attempts, jitter), outcome.retry_after)
    if outcome.is_gone or outcome.is_refused or again_at > delivery.first_attempt_at + GIVE_UP_AFTER:
        return Step(delivery.delivery_id, gave_up_at=now, last_error=outcome.error)
    return Step(delivery.delivery_id, next_attempt_at=again_at, last_error=outcome.error)


def pause(attempts: int, jitter: float) -> timedelta:
    """Return a part of a time that doubles with each attempt: many that failed together come back apart."""
    return min(PAUSE_MAX, PAUSE_MIN * 2.0 ** min(attempts - 1, 16)) * jitter
