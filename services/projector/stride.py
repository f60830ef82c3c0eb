"""Goes through all relationships in strides so short that nobody who folds notices."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any, TypeVar

from services.projector.beside import next_relationships
from services.projector.store import Connection
from shared.plumbing.fold_lock import hold_fold_lock, is_waited_for

LOCKED_SECONDS = 0.1
"""How long a stride aims to hold back folds; the next one is longer or shorter accordingly."""
FIRST, MOST = 8, 2_000

Act = Callable[[list[int]], Awaitable[None]]
Result = TypeVar("Result")


async def stride(connection: Connection, act: Act, after: int = 0, most: int = MOST) -> None:
    """Do `act` to every relationship after the given one, each stride in a transaction that holds the fold lock."""
    size = min(FIRST, most)
    while True:
        relationships, held, held_up = await finished(_one(connection, act, after, size))
        if not relationships:
            return
        after, size = relationships[-1], adapted(size, held, most)
        if held_up:
            # As long as folds were held back, they have the way to themselves.
            await asyncio.sleep(held)


async def finished(step: Coroutine[Any, Any, Result]) -> Result:
    """Await the step to its end; a cancellation that comes meanwhile goes on from there.

    asyncpg cannot say whether a commit that was cancelled has happened, and leaves its connection unusable.
    """
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def adapted(size: int, held: float, most: int = MOST) -> int:
    """Return how many relationships the next stride takes; it at most doubles, and always takes one."""
    return max(1, min(2 * size, most, int(size * LOCKED_SECONDS / max(held, 1e-6))))


async def _one(connection: Connection, act: Act, after: int, size: int) -> tuple[list[int], float, bool]:
    """Return the relationships of the stride, for how many seconds it held the lock, and whether a fold waited."""
    async with connection.transaction():
        await hold_fold_lock(connection)
        began = monotonic()
        relationships = await next_relationships(connection, after, size)
        if relationships:
            await act(relationships)
        held_up = await is_waited_for(connection)
    return relationships, monotonic() - began, held_up
