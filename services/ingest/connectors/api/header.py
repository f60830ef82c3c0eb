"""Mails of an API as the header of a mail: then they are judged by the same rules as mails from anywhere else."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

Fields = list[tuple[str, str]]

BOUNDARY = b"attune"


def written(fields: Fields, parts: Iterable[Fields] = ()) -> bytes:
    """Return the fields as the head of a mail, and those of its parts where a mail program looks for them."""
    body = b"".join(b"\n--" + BOUNDARY + b"\n" + block(part) + b"\n" for part in parts)
    return block(fields) + b"\n" + body


def block(fields: Fields) -> bytes:
    """Write the fields a line each; nothing in a name or a value can end its line."""
    return b"".join(line(name, value) for name, value in fields if value.strip())


def line(name: str, value: str) -> bytes:
    """Write one field."""
    plain_name = "".join(character for character in name if "!" <= character <= "~" and character != ":") or "x"
    return f"{plain_name}: {' '.join(value.split())}\n".encode(errors="replace")


def mailboxes(addresses: Iterable[str]) -> str:
    """Write addresses as they stand in To; what is none is left out later, by the rule for all mails."""
    return ", ".join(f"<{''.join(address.split()).strip('<>')}>" for address in addresses if address.strip())


def date_of(moment: datetime) -> str:
    """Write a moment as Date has it."""
    return format_datetime(moment.astimezone(UTC))
