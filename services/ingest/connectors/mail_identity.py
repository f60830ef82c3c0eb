"""How a mail is known: the same mail is the same touchpoint, from whatever mailbox and through whatever reader."""

import re
from collections.abc import Iterable
from hashlib import blake2b

EVENT_SOURCE = "mail"
"""The envelope's `source`, and the source that mails are imported as, whatever brings them."""

_ID = re.compile(r"<([^<>]+)>")
_PLAIN = re.compile(r"[!-~]{1,255}")


def ids(field: str) -> list[str]:
    """Return the message ids of a field, without their brackets."""
    return [found.strip() for found in _ID.findall(field)] or [word for word in field.split()[:1] if word != "<>"]


def event_id(message_id: str, people: Iterable[str]) -> str:
    """Return the id of the mail's event: its own, or a digest where that is odd or holds an address of its `people`."""
    told = message_id.lower()
    is_plain = _PLAIN.fullmatch(message_id) and not any(address in told for address in people)
    return message_id if is_plain else digest(message_id)


def digest(*facts: str) -> str:
    """Return 128 bits over the facts, in hex."""
    text = "\0".join(facts).encode(errors="replace")
    return blake2b(text, digest_size=16).hexdigest()
