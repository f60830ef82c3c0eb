"""What is refused is kept for inspection: stream REJECTED, one message per event, with an age limit."""

import base64
from datetime import datetime
from typing import Any

import orjson

from shared.events.refusal import Refusal

ORIGINAL_BYTES_MAX = 1024 * 1024
"""Kept of an original: more than a good event or an HTTP body holds, and whatever it is it still fits a message."""
CANNOT_BE_LOGGED = "Postgres cannot keep this event: publish it mended, under a new id"
CONFLICT = "an event with this id said something else, and the first one stays: publish under a new id"

TOLD = ("reason", "field", "value", "rule", "source", "event_id", "received_at")
"""What the source itself hears."""


def rejection(
    refusal: Refusal,
    source: str,
    event_id: str | None,
    original: bytes,
    received_at: datetime,
) -> bytes:
    """Return the message that tells a connector author what was refused and why."""
    return orjson.dumps(
        {
            "reason": str(refusal),
            "field": refusal.field,
            "value": refusal.value,
            "rule": refusal.rule,
            "source": source,
            "event_id": event_id,
            "received_at": received_at,
            **_kept(original),
        },
    )


def is_cut(message: dict[str, Any]) -> bool:
    """Tell whether only the beginning of the original was kept, or nothing: it can never be sent again from here."""
    return "original_bytes" in message or not message["original"]


def original_of(message: dict[str, Any]) -> bytes:
    """Return the bytes as they came."""
    text = message["original"]
    return base64.b64decode(text) if message["encoding"] == "base64" else text.encode()


def _kept(original: bytes) -> dict[str, str | int]:
    if len(original) > ORIGINAL_BYTES_MAX:
        return {**_kept(original[:ORIGINAL_BYTES_MAX]), "original_bytes": len(original)}
    try:
        return {"original": original.decode(), "encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"original": base64.b64encode(original).decode(), "encoding": "base64"}
