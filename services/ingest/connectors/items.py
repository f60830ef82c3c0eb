"""What a reader makes of each item it finds: an envelope, or a reason why there is none."""

from typing import Any, NamedTuple


class Dropped(NamedTuple):
    """The item is no touch."""

    reason: str
    item: str


class Rejected(NamedTuple):
    """The item breaks a rule."""

    reason: str
    """Field, value and rule, with the line where the format has lines."""
    rule: str
    """The rule alone, for counting."""
    item: str


class Doomed(NamedTuple):
    """The item goes to ingest as it came, which refuses it and keeps it for inspection."""

    event: bytes
    reason: str


Envelope = dict[str, Any]
Item = Envelope | bytes | Dropped | Rejected | Doomed
"""Bytes are an envelope that is JSON already."""
