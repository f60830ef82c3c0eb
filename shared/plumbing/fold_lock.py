"""The lock between folding (`projector.begin_fold` shares it) and changing what earlier touchpoints mean."""

from typing import Any

from shared.plumbing.queries import query


async def hold_fold_lock(connection: Any) -> None:
    """Wait until no fold is under way, and hold back new ones until the transaction ends."""
    await connection.execute(query("shared.plumbing", "fold_lock"))


async def is_waited_for(connection: Any) -> bool:
    """Tell whether somebody waits for what we hold."""
    return bool(await connection.fetchval(query("shared.plumbing", "fold_lock_waited_for")))
