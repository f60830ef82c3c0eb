"""What one mail means: pure thinking from its bytes to an envelope, or to the reason why there is none.

Outbound mails touch every outside person they were addressed to, inbound ones their sender alone: of the others
they were addressed to we only know that somebody else wrote to them.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from services.ingest.connectors.items import Dropped, Envelope, Item, Rejected
from services.ingest.connectors.mail_drop import BOUNCE, NO_REPLY, is_bouncer, is_no_reply, why_no_touch
from services.ingest.connectors.mail_head import Head
from services.ingest.connectors.mail_identity import EVENT_SOURCE, digest, event_id, ids
from services.ingest.interpret import AHEAD_MAX
from shared.events.refusal import Refusal, shown
from shared.vocabulary import TYPE_TOUCHPOINT, Direction, Kind

MESSAGE_BYTES_MAX = 1024 * 1024
"""How much of a mail is looked at: its fields, and the fields of its first parts."""
PEOPLE_MAX = 500
LABEL_MAX = 120

INTERNAL = "internal"
NOT_TO_US = "not to us"
UNDISCLOSED = "undisclosed recipients"
BROADCAST = "broadcast"

RECIPIENTS = ("to", "cc", "bcc", "apparently-to")
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


class Mailbox(NamedTuple):
    """What must be known to read a mail."""

    is_ours: Callable[[str], bool]
    """Says whether a (normalised) address is one of our own people's."""
    read_at: datetime
    """Nothing was sent later than this."""


class Touch(NamedTuple):
    """Whom a mail touched."""

    direction: Direction
    people: list[str]
    by: str
    addressed: list[str]
    """All it was sent to, ours too."""


def item(message: bytes, where: str, mailbox: Mailbox, known: str | None = None) -> Item:
    """Return what the mail is; `where` names it in the reasons. Never raises.

    `known` is why it is no touch, where a flag or the mail server says so.
    """
    head = Head(message)
    if head.is_empty and not known:
        return rejected(where, Refusal("message", "no field", "must begin with header fields"))
    named = next(iter(ids(head.text("message-id"))), "")
    label = f"{where} <{named[:LABEL_MAX]}>" if named.isprintable() and named else where
    if reason := known or why_no_touch(head):
        return Dropped(reason, label)
    match read(head, named, mailbox):
        case str() as reason:
            return Dropped(reason, label)
        case Refusal() as refusal:
            return rejected(label, refusal)
        case found:
            return found


def read(head: Head, named: str, mailbox: Mailbox) -> Envelope | Refusal | str:
    """Return the envelope of what somebody wrote, or the rule it breaks, or why it is no touch."""
    # Those who cannot be named in From may have had it sent by somebody who can.
    sender = next(iter(head.addresses("from") or head.addresses("sender")), None)
    if sender is None:
        return wrong("from", head, "must hold the sender's address")
    if is_bouncer(sender) or is_no_reply(sender):
        return BOUNCE if is_bouncer(sender) else NO_REPLY
    sent_at = head.moment()
    if refusal := wrong_moment(head, sent_at, mailbox.read_at):
        return refusal
    touch = touch_of(sender, head, mailbox)
    return envelope(head, named, sender, touch, sent_at or 0) if isinstance(touch, Touch) else touch


def touch_of(sender: str, head: Head, mailbox: Mailbox) -> Touch | Refusal | str:
    """Return whom it touched, or the rule it breaks, or why it is no touch."""
    recipients = head.addresses(*RECIPIENTS)
    if not mailbox.is_ours(sender):
        return inbound(sender, recipients, head, mailbox)
    if not recipients:
        return nobody(head)
    outside = [address for address in recipients if not mailbox.is_ours(address)]
    people = [address for address in outside if not is_no_reply(address)]
    if not people:
        return NO_REPLY if outside else INTERNAL
    if len(people) > PEOPLE_MAX:
        return BROADCAST
    return Touch(Direction.OUTBOUND, people, sender, recipients)


def inbound(sender: str, recipients: list[str], head: Head, mailbox: Mailbox) -> Touch | Refusal | str:
    """Return the touch of somebody who wrote to us, be it as Bcc or by an address that only the mail server knows."""
    ours = next(filter(mailbox.is_ours, recipients), None)
    if ours is None:
        recipients = [*recipients, *head.addresses(*DELIVERED)]
        ours = next(filter(mailbox.is_ours, recipients), None)
    if not recipients:
        return nobody(head)
    return Touch(Direction.INBOUND, [sender], ours, recipients) if ours else NOT_TO_US


def nobody(head: Head) -> Refusal | str:
    """Say why there is no recipient."""
    # An empty group, `undisclosed-recipients:;`, is how mail programs write it.
    if head.text("to").replace(" ", "").endswith(":;"):
        return UNDISCLOSED
    return wrong("to", head, "must hold an address, or else Cc or Bcc")


def wrong_moment(head: Head, sent_at: float | None, read_at: datetime) -> Refusal | None:
    """Say what is wrong with the Date."""
    if sent_at is None:
        return wrong("date", head, "must be a date by RFC 5322, such as Mon, 02 Mar 2026 09:30:00 +0000")
    if sent_at < 0:
        return wrong("date", head, "must not lie before 1970")
    return wrong("date", head, "must not lie in the future") if sent_at > read_at.timestamp() + AHEAD_MAX else None


def envelope(head: Head, message_id: str, sender: str, touch: Touch, sent_at: float) -> Envelope:
    """Return the mail as a CloudEvent."""
    time = datetime.fromtimestamp(sent_at, UTC).isoformat()
    known_as = message_id or digest(time, sender, *sorted(touch.addressed))
    references = ids(head.text("references")) or ids(head.text("in-reply-to")) or [known_as]
    data: Envelope = {
        "kind": Kind.EMAIL,
        "people": [{"address": address} for address in touch.people],
        "direction": touch.direction,
        "by": touch.by,
        "thread": digest(references[0]),
    }
    if len(touch.addressed) > len(touch.people):
        data["breadth"] = len(touch.addressed)
    return {
        "specversion": "1.0",
        "type": TYPE_TOUCHPOINT,
        "source": EVENT_SOURCE,
        "id": event_id(known_as, (sender, *touch.addressed)),
        "time": time,
        "data": data,
    }


def wrong(field: str, head: Head, rule: str) -> Refusal:
    """Return the refusal of a field."""
    return Refusal(field, shown(head.text(field)) if head.has(field) else "missing", rule)


def rejected(where: str, refusal: Refusal) -> Rejected:
    """Say where and why."""
    return Rejected(f"{where}: {refusal}", f"{refusal.field} {refusal.rule}", where)
