"""The lock between folding and changing what earlier touchpoints mean."""

from typing import Any

from shared.plumbing.queries import query


async def share_fold_lock(connection: Any) -> None:
    """Fold, beside others who fold, until the transaction ends."""
    await connection.execute(query("shared.plumbing", "fold_lock_shared"))


async def hold_fold_lock(connection: Any) -> None:
    """Wait until no fold is under way, and hold back new ones until the transaction ends."""
    await connection.execute(query("shared.plumbing", "fold_lock"))
