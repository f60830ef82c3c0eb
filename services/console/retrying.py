"""A second chance for a refused event: allowed, done and audited."""

from typing import Any

from services.console import accounts
from services.console.answers import Missing
from services.console.counts import ACTIONS
from services.console.gate import check_whole
from services.console.means import AWAY, Means
from services.console.visitor import Visitor
from shared.errors import Refused, Unavailable
from shared.plumbing import clock, rejected


async def retried(connection: Any, means: Means, visitor: Visitor, number: int, address: str) -> str:
    """Publish a refused event again, audit it, and return what became of it."""
    check_whole(visitor)
    jetstream = means.jetstream()
    try:
        outcome = await rejected.retry(jetstream, [await rejected.one(jetstream, number)])
    except Refused as gone:
        raise Missing(str(gone)) from None
    except AWAY as error:
        raise Unavailable(f"NATS does not answer: {error!r}") from None
    done = bool(outcome.published)
    await accounts.audit(
        connection, clock.now(), visitor.name, "retry", f"rejected {number}", done=done, address=address
    )
    ACTIONS.labels("retry", "done" if done else "refused").inc()
    if outcome.conflicts:
        return "It stays refused: an event with this id is counted already, or can never be. Publish it under a new id."
    return "Published again." if done else "Only its beginning was kept, so it cannot be published again."
