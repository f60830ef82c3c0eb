"""What a connector reports, right and wrong."""

from datetime import timedelta
from itertools import count
from typing import Any

from shared.plumbing import clock

ANA, BO, CY = PEOPLE = tuple(f"{name}@corp.example" for name in ("ana", "bo", "cy"))
numbers = count(1)


def fresh_id(what: str = "event") -> str:
    """Return an id that no other report bears."""
    return f"{what}-{next(numbers)}"


def report(address: str = ANA, minutes_ago: float = 60, **data: Any) -> dict[str, Any]:
    """Return the envelope of one touchpoint, a mail from them unless `data` says otherwise."""
    return {
        "specversion": "1.0",
        "id": fresh_id(),
        "source": "mail/inbox",
        "type": "attune.touchpoint.v1",
        "time": (clock.now() - timedelta(minutes=minutes_ago)).isoformat(),
        "data": {"kind": "email", "direction": "inbound", "people": [{"address": address}], **data},
    }
