"""Gmail's users.messages: `get` in the formats full, metadata and raw, `list`, and arrays or lines of them.

https://developers.google.com/gmail/api/reference/rest/v1/users.messages
"""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.ingest.connectors import mail
from services.ingest.connectors.api import header
from services.ingest.connectors.api.header import Fields
from services.ingest.connectors.api.pages import SUFFIXES, Document, entries, error_of, inner, read, rejected, text_of
from services.ingest.connectors.ics import mails
from services.ingest.connectors.ics.mails import Calendar
from services.ingest.connectors.items import Dropped, Item, Rejected
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_drop import DRAFT, SPAM
from shared.events.refusal import Refusal

ONLY_AN_ID = "only an id: get it with format=metadata"
CHAT = "chat"
NESTED_MAX = 20
ATTACHED = "its calendar is an attachment: get it, and put its data into the part's body"
NO_TEXT = "is required: get it with format=full or raw (events are for `attune import gcal` or `graph`)"
NO_BASE64 = Refusal("raw", "its text", "must be base64url")
REASONS = {"DRAFT": DRAFT, "SPAM": SPAM, "CHAT": CHAT}


def items(path: Path, mailbox: Mailbox) -> Iterator[Item]:
    """Yield one item per message of the files."""
    for document in read(path):
        if isinstance(document, Rejected):
            yield document
        elif problem := error_of(document):
            yield problem
        else:
            for message in messages(document):
                yield item(message, mailbox)


def messages(document: Document) -> Iterator[Document]:
    """Yield the messages of a page, or the one that the document is."""
    listed = entries(document.found, "messages")
    if listed is None:
        # A page without messages holds only how many there are.
        if "resultSizeEstimate" not in document.found:
            yield document
        return
    for message in listed:
        yield Document(document.where, message if isinstance(message, dict) else {})


def item(document: Document, mailbox: Mailbox) -> Item:
    """Return what one message is."""
    message = document.found
    label = f"{document.where}: {text_of(message, 'id') or 'without id'}"
    known = labelled(message)
    if message.get("raw"):
        return raw(message["raw"], label, mailbox, known)
    if not isinstance(message.get("payload"), dict):
        if text_of(message, "id") and "snippet" not in message and "labelIds" not in message:
            return Dropped(ONLY_AN_ID, label)
        return rejected(label, Refusal("payload", "missing", "is required: get it with format=metadata or full"))
    return mail.item(message_of(message), label, mailbox, known)


def raw(text: Any, label: str, mailbox: Mailbox, known: str | None) -> Item:
    """Return what a message in the format raw is."""
    message = decoded(text)
    if message is None:
        return rejected(label, NO_BASE64)
    return mail.item(message, label, mailbox, known)


def labelled(message: dict[str, Any]) -> str | None:
    """Return why a message is no touch by its labels."""
    return next((REASONS[name] for name in map(str, entries(message, "labelIds") or ()) if name in REASONS), None)


def decoded(text: Any) -> bytes | None:
    """Return what base64url stands for, None where it is none."""
    try:
        return base64.urlsafe_b64decode(str(text) + "==")
    except (binascii.Error, ValueError):
        return None


def are_messages(path: Path) -> bool:
    """Tell whether the path holds JSON, and no calendar or mail as a file of its own."""
    if path.is_dir():
        return any(file.name.lower().endswith(SUFFIXES) for file in path.rglob("*")) and not any(
            file.suffix.lower() in {".ics", ".eml"} for file in path.rglob("*")
        )
    return path.name.lower().endswith(SUFFIXES)


def calendars(path: Path) -> Iterator[Calendar]:
    """Yield every calendar in the messages of the files, invitations and answers alike."""
    for document in read(path):
        if isinstance(document, Rejected):
            yield document.item, document
        elif problem := error_of(document):
            yield problem.item, problem
        else:
            for message in messages(document):
                yield from calendars_of(message)


def calendars_of(document: Document) -> Iterator[Calendar]:
    """Yield the calendars of one message."""
    label = f"{document.where}: {text_of(document.found, 'id') or 'without id'}"
    known = labelled(document.found)
    for each in calendars_in(document.found, label):
        yield label, Dropped(known, label) if known else each


def calendars_in(message: dict[str, Any], label: str) -> Iterator[bytes | Dropped | Rejected]:
    """Yield the same, whatever its labels say, or why one cannot be had."""
    if message.get("raw"):
        whole = decoded(message["raw"])
        yield from (each for _, each in mails.calendars_in(whole, label)) if whole else [rejected(label, NO_BASE64)]
    elif isinstance(message.get("payload"), dict):
        for each in invitations(message["payload"]):
            yield Dropped(each, label) if isinstance(each, str) else each
    elif text_of(message, "id"):
        yield Dropped(ONLY_AN_ID, label)
    else:
        yield rejected(label, Refusal("payload", "missing", NO_TEXT))


def invitations(part: dict[str, Any], depth: int = 0) -> Iterator[bytes | str]:
    """Yield the calendars of a message's parts, or why one is not in here; none of a mail that it forwards."""
    if text_of(part, "mimeType").lower() == "text/calendar":
        data = decoded(inner(part, "body", "data") or "")
        yield data or ATTACHED
    elif not text_of(part, "mimeType").lower().startswith("message/") and depth <= NESTED_MAX:
        for each in entries(part, "parts") or ():
            if isinstance(each, dict):
                yield from invitations(each, depth + 1)


def message_of(message: dict[str, Any]) -> bytes:
    """Return the message as a mail without its text."""
    payload = message["payload"]
    fields = fields_of(payload)
    if "date" not in {name.lower() for name, _ in fields} and (moment := received_at(message)):
        fields.append(("Date", header.date_of(moment)))
    return header.written(fields, parts_of(payload))


def fields_of(part: dict[str, Any]) -> Fields:
    """Return the header fields of the message or of a part; what it is, the API tells beside them."""
    listed = part.get("headers")
    fields = [
        (text_of(field, "name"), text_of(field, "value")) for field in (listed if isinstance(listed, list) else [])
    ]
    if "content-type" not in {name.lower() for name, _ in fields}:
        fields.append(("Content-Type", text_of(part, "mimeType")))
    return fields


def parts_of(part: dict[str, Any], depth: int = 0) -> Iterator[Fields]:
    """Yield the fields of all parts, in their order: what follows a forwarded mail's own is known to be its."""
    for each in entries(part, "parts") or () if depth <= NESTED_MAX else ():
        if isinstance(each, dict):
            yield fields_of(each)
            yield from parts_of(each, depth + 1)


def received_at(message: dict[str, Any]) -> datetime | None:
    """Return internalDate, in milliseconds since 1970, as a moment."""
    try:
        return datetime.fromtimestamp(int(message["internalDate"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
