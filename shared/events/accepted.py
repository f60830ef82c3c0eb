"""What ingest hands to the projector: columns of touchpoints and retractions in one large envelope.

Columns, because both sides then work per batch and not per event: orjson writes lists, and
asyncpg sends the same lists as Postgres arrays. Bytes travel as hex, moments as seconds since 1970.
"""

from typing import Any, NamedTuple

import orjson

from shared.errors import Refused

TYPE_ACCEPTED = "attune.accepted.v1"


class Accepted(NamedTuple):
    """One touchpoint of one person, ready for the log; the order is the order of the columns."""

    event_key: str
    """128-bit digest of proven source, envelope source and envelope id, in hex."""
    ordinal: int
    """Which of the event's people, from 0."""
    handle: str
    """Keyed 128-bit hash of the person's address, in hex."""
    by_handle: str | None
    """The same for our person."""
    source: str
    event_source: str
    event_id: str
    content: int
    """Signed 64-bit digest of the facts: the same id with another digest is a conflict."""
    form: int
    """Kind, direction and quality in one number: shared/forms.py."""
    occurred_at: float
    """Seconds since 1970."""
    minutes: float | None
    breadth: int
    intensity: float | None
    """Depth, severity or the size of a rating, 0 to 1."""
    planned: bool
    initiative: str | None
    details: str | None
    """JSON for what only some kinds have: commitment, thread, note."""


class Retraction(NamedTuple):
    """The event that is taken back."""

    event_key: str
    source: str
    event_source: str
    event_id: str


Columns = dict[str, list[Any]]


def pack(
    touchpoints: list[Accepted], retractions: list[Retraction], envelope_id: str, key_id: str | None = None
) -> bytes:
    """Return the envelope for one large message; `key_id` tells with which key its handles are made."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "type": TYPE_ACCEPTED,
            "source": "attune/ingest",
            "id": envelope_id,
            "handlekey": key_id,
            "data": {
                "touchpoints": _columns(touchpoints, Accepted._fields),
                "retractions": _columns(retractions, Retraction._fields),
            },
        },
    )


def unpack(message: bytes) -> tuple[Columns, Columns, str | None]:
    """Return the columns of touchpoints and of retractions, and the key's id; raise Refused when it is neither."""
    try:
        envelope = orjson.loads(message)
        data = envelope["data"]
        touchpoints, retractions = data["touchpoints"], data["retractions"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Refused(f"not an envelope of type {TYPE_ACCEPTED}: {error!r}") from error
    _check(touchpoints, Accepted._fields)
    _check(retractions, Retraction._fields)
    return touchpoints, retractions, envelope.get("handlekey")


def _columns(rows: list[Any], names: tuple[str, ...]) -> dict[str, Any]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return dict(zip(names, columns, strict=True))


def _check(columns: Any, names: tuple[str, ...]) -> None:
    if not isinstance(columns, dict) or tuple(columns) != names:
        raise Refused(f"the columns must be {', '.join(names)}")
    if not all(isinstance(column, list) for column in columns.values()):
        raise Refused("every column must be a list")
    if len({len(column) for column in columns.values()}) > 1:
        raise Refused("all columns must be of one length")
