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


Envelope = dict[str, Any]
Item = Envelope | bytes | Dropped | Rejected
"""Bytes are an envelope that is JSON already."""
