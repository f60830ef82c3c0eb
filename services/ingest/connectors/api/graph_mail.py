"""Microsoft Graph's messages.

https://learn.microsoft.com/graph/api/resources/message
"""

from collections.abc import Iterator
from typing import Any

from services.ingest.connectors import mail
from services.ingest.connectors.api import header
from services.ingest.connectors.api.header import Fields
from services.ingest.connectors.api.moments import utc_of
from services.ingest.connectors.api.pages import Document, inner, text_of
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_drop import CALENDAR, DRAFT

TOLD_BESIDE = frozenset({"from", "sender", "to", "cc", "bcc", "date", "message-id", "references", "in-reply-to"})
"""What a message tells in properties of its own, whatever its header fields say."""
RECIPIENTS = (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Bcc", "bccRecipients"))


def is_message(found: dict[str, Any]) -> bool:
    """Tell whether the object is a message."""
    return any(name in found for name in ("toRecipients", "internetMessageId", "sentDateTime", "isDraft", "sender"))


def lacks_header(found: dict[str, Any]) -> bool:
    """Tell whether nobody asked for its header fields: a newsletter is then not known as one."""
    return "internetMessageHeaders" not in found


def item(document: Document, mailbox: Mailbox) -> Item:
    """Return what one message is."""
    message = document.found
    label = f"{document.where}: {text_of(message, 'id')[-24:] or 'without id'}"
    return mail.item(header.written(fields_of(message)), label, mailbox, known(message))


def known(message: dict[str, Any]) -> str | None:
    """Return why it is no touch, where a property says so."""
    if message.get("isDraft") is True:
        return DRAFT
    is_invitation = "eventMessage" in text_of(message, "@odata.type") or text_of(message, "meetingMessageType")
    return CALENDAR if is_invitation and text_of(message, "meetingMessageType") != "none" else None


def fields_of(message: dict[str, Any]) -> Fields:
    """Return the message's properties as header fields."""
    return [*told(message), *listed(message)]


def told(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what properties tell."""
    yield "From", header.mailboxes([text_of(message, "from", "emailAddress", "address")])
    yield "Sender", header.mailboxes([text_of(message, "sender", "emailAddress", "address")])
    recipients = {name: header.mailboxes(addresses(message.get(field))) for name, field in RECIPIENTS}
    yield from recipients.items()
    if not any(recipients.values()) and any(field in message for _, field in RECIPIENTS):
        yield "To", "undisclosed-recipients:;"
    yield "Message-ID", text_of(message, "internetMessageId")
    # What we sent has no header fields here, so that only the conversation's own id joins both directions.
    if conversation := text_of(message, "conversationId"):
        yield "References", f"<{conversation}>"
    if moment := utc_of(message.get("sentDateTime")) or utc_of(message.get("receivedDateTime")):
        yield "Date", header.date_of(moment)


def listed(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the header fields that came with it."""
    found = message.get("internetMessageHeaders")
    for field in found if isinstance(found, list) else []:
        name = text_of(field, "name")
        if name.lower() not in TOLD_BESIDE:
            yield name, text_of(field, "value")


def addresses(recipients: Any) -> Iterator[str]:
    """Yield the addresses of a list of recipients."""
    for recipient in recipients if isinstance(recipients, list) else []:
        address = inner(recipient, "emailAddress", "address")
        if isinstance(address, str):
            yield address
