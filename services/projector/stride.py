"""Goes through all relationships in strides so short that nobody who folds notices."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from services.projector.beside import next_relationships
from services.projector.store import Connection
from shared.plumbing.fold_lock import hold_fold_lock

LOCKED_SECONDS = 0.1
"""How long a stride aims to hold back folds; the next one is longer or shorter accordingly."""
FIRST, MOST = 8, 2_000

Act = Callable[[list[int]], Awaitable[None]]


async def stride(connection: Connection, act: Act, after: int = 0, most: int = MOST) -> None:
    """Do `act` to every relationship after the given one, each stride in a transaction that holds the fold lock."""
    size = min(FIRST, most)
    while True:
        async with connection.transaction():
            await hold_fold_lock(connection)
            began = monotonic()
            relationships = await next_relationships(connection, after, size)
            if not relationships:
                return
            await act(relationships)
        held = monotonic() - began
        after, size = relationships[-1], adapted(size, held, most)
        # As long as folds were held back, they have the way to themselves.
        await asyncio.sleep(held)


def adapted(size: int, held: float, most: int = MOST) -> int:
    """Return how many relationships the next stride takes; it at most doubles, and always takes one."""
    return max(1, min(2 * size, most, int(size * LOCKED_SECONDS / max(held, 1e-6))))
