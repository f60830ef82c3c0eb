"""JSON Lines: one envelope per line, as a connector would publish it."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from services.ingest.connectors import plain
from services.ingest.connectors.items import Rejected
from services.ingest.interpret import EVENT_BYTES_MAX
from shared.events.refusal import Refusal, shown

ITEM_SHOWN_MAX = 500


def read(path: Path) -> Iterator[tuple[int, bytes | Rejected]]:
    """Yield every line that is not blank under its number; what an envelope holds is ingest's to judge."""
    with plain.opened(path) as file:
        for number, event in plain.lines(file, EVENT_BYTES_MAX):
            yield number, rejected(number, event, refusal) if (refusal := wrong(event)) else event


def wrong(event: bytes) -> Refusal | None:
    """Say why a line is no event at all, None when it is one."""
    if len(event) > EVENT_BYTES_MAX:
        return Refusal(
            "event", f"more than {EVENT_BYTES_MAX} bytes", f"an event may hold {EVENT_BYTES_MAX} bytes at most"
        )
    try:
        found = orjson.loads(event)
    except orjson.JSONDecodeError as error:
        return Refusal("event", shown(event[:ITEM_SHOWN_MAX].decode(errors="replace")), f"must be JSON ({error.msg})")
    return None if isinstance(found, dict) else Refusal("event", shown(found), "must be a JSON object")


def rejected(number: int, event: bytes, refusal: Refusal) -> Rejected:
    """Say where and why."""
    item = event[:ITEM_SHOWN_MAX].decode(errors="replace")
    return Rejected(f"line {number}: {refusal}", f"{refusal.field} {refusal.rule}", item)
