"""A reason of one's own: more promises of ours to one person are open than anybody keeps."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.alignment.model import Model
from shared.judging.own import OwnReason
from shared.judging.relationship import Relationship
from shared.vocabulary import Side

PROMISES_MAX = 5
"""From so many on somebody should say no."""


def holds(relationship: Relationship, model: Model, now: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield since when it holds, and the figures that the alert shows."""
    del model
    ours = [promise for promise in relationship.promises if promise.by is Side.US and promise.broken_at is None]
    if len(ours) >= PROMISES_MAX:
        yield relationship.changed_at or now, {"promises": len(ours)}


REASON = OwnReason(
    holds=holds,
    said=lambda its, since: f"was promised too much since {since}: {its['promises']} things are open",
    title="Promised too much",
    explained="More promises of ours are open than we keep",
)
