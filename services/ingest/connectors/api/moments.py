"""Moments as APIs write them."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_FRACTION = re.compile(r"(\.\d{6})\d+")


def moment_of(text: Any) -> datetime | None:
    """Return an ISO 8601 moment; None where it is none, and naive where it names no zone."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
    except ValueError:
        return None


def utc_of(text: Any) -> datetime | None:
    """Return the moment in UTC, which it is in as well where it names no zone."""
    moment = moment_of(text)
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def day_of(text: Any) -> date | None:
    """Return an ISO 8601 day."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def zone_of(name: str) -> tzinfo | None:
    """Return a zone by its name of the IANA or of Windows; None where nobody knows it."""
    if name.upper() in {"UTC", "ETC/UTC", "ETC/GMT"} or name == "tzone://Microsoft/Utc":
        return UTC
    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(name, name)) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
