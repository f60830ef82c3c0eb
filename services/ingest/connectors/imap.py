"""IMAP: the mails that came since the last time; their fields and structure alone, bodies stay on the server.

How far a folder was read is its UIDVALIDITY and the last UID (RFC 3501 section 2.3.1.1): UIDs only grow, and when the
server gives them out anew it says so by another UIDVALIDITY; then the folder is read from its beginning.
"""

import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from imaplib import IMAP4
from typing import Any, NamedTuple

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.utils import chunked_crop

from services.ingest.connectors import mail
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail import Mailbox
from services.ingest.connectors.mail_drop import CALENDAR, DRAFT
from shared.errors import Refused, Unavailable

STRIDE = 1000
"""Mails between two checkpoints."""
ASKED_AT_ONCE = 200
TIMEOUT_SECONDS = 60
WANTED = "(UID FLAGS BODYSTRUCTURE BODY.PEEK[HEADER])"

_UID = re.compile(rb"\bUID (\d+)")
_DRAFT = re.compile(rb"\bFLAGS \([^)]*\\Draft\b", re.IGNORECASE)
_INVITATION = re.compile(rb'"TEXT" "CALENDAR"', re.IGNORECASE)


class Security(StrEnum):
    """How the connection is kept from being read."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Server(NamedTuple):
    """Where the mails are."""

    host: str
    port: int | None
    user: str
    security: Security


class Mark(NamedTuple):
    """How far a folder was read."""

    validity: int
    uid: int


class Stride(NamedTuple):
    """Some mails, and how far the folder is read with them."""

    items: list[Item]
    mark: Mark


@contextmanager
def opened(server: Server, password: str) -> Iterator[BaseMailBox]:
    """Be logged in; raise Refused when the server does not want us, Unavailable when it does not answer."""
    where = f"the IMAP server {server.host}"
    try:
        box = connected(server)
        try:
            yield box.login(server.user, password, initial_folder=None)
        finally:
            with suppress(ImapToolsError, IMAP4.error, OSError):
                box.logout()
    except MailboxLoginError:
        raise Refused(f"{where} does not let {server.user} in: is the password right, and IMAP allowed?") from None
    except (IMAP4.abort, OSError) as error:
        raise Unavailable(f"{where} cannot be reached ({error}): see --host, --port and --security") from error
    except (IMAP4.error, ImapToolsError, UnicodeEncodeError) as error:
        raise Refused(f"{where} answers what cannot be understood: {error}") from error


def connected(server: Server) -> BaseMailBox:
    """Connect; certificates are verified, which imaplib by itself does not."""
    trusted = ssl.create_default_context()
    match server.security:
        case Security.TLS:
            return MailBox(server.host, server.port or 993, timeout=TIMEOUT_SECONDS, ssl_context=trusted)
        case Security.STARTTLS:
            return MailBoxStartTls(server.host, server.port or 143, timeout=TIMEOUT_SECONDS, ssl_context=trusted)
        case Security.NONE:
            return MailBoxUnencrypted(server.host, server.port or 143, timeout=TIMEOUT_SECONDS)


def usual_folders(box: BaseMailBox) -> list[str]:
    """Return what came in and what was sent; where one folder holds all mails, that one."""
    found = {flag.lower(): folder.name for folder in box.folder.list() for flag in folder.flags}
    if "\\all" in found:
        return [found["\\all"]]
    return ["INBOX", *([found["\\sent"]] if "\\sent" in found else [])]


def strides(box: BaseMailBox, folder: str, known: Mark | None, mailbox: Mailbox) -> Iterator[Stride]:
    """Yield what came into the folder since `known`, oldest first."""
    validity = select(box, folder)
    last = known.uid if known and known.validity == validity else 0
    # `*` is the newest mail even where it is older than asked for.
    uids = sorted(uid for uid in map(int, box.uids(f"UID {last + 1}:*")) if uid > last)
    for some in chunked_crop(uids, STRIDE):
        yield Stride(list(items(box, folder, some, mailbox)), Mark(validity, some[-1]))


def select(box: BaseMailBox, folder: str) -> int:
    """Open the folder without changing anything in it; return its UIDVALIDITY."""
    try:
        box.folder.set(folder, readonly=True)
    except MailboxFolderSelectError:
        names = ", ".join(sorted(known.name for known in box.folder.list()))
        raise Refused(f"--folder: {folder!r} — is no folder there; there are {names}") from None
    _, answer = box.client.response("UIDVALIDITY")
    return int(answer[0] or 0)


def items(box: BaseMailBox, folder: str, uids: list[int], mailbox: Mailbox) -> Iterator[Item]:
    """Yield one item per mail that is still there."""
    for some in chunked_crop(uids, ASKED_AT_ONCE):
        answer = box.client.uid("FETCH", ",".join(map(str, some)), WANTED)
        if answer[0] != "OK":
            raise Refused(f"--folder: {folder!r} — cannot be read: {answer[1]!r}")
        for said, head in fetched(answer[1]):
            if head is None:
                continue
            uid = _UID.search(said)
            yield mail.item(head, f"{folder} uid {int(uid[1]) if uid else '?'}", mailbox, reason(said))


def fetched(answer: Iterable[Any], wanted: bytes = b"BODY[HEADER]") -> Iterator[tuple[bytes, bytes | None]]:
    """Yield what the server says of each mail, and the literal that was `wanted` of it.

    imaplib gives a pair for every literal, what stands before it and the literal, and bytes where a mail ends.
    """
    said, found = b"", None
    for part in answer:
        if isinstance(part, tuple):
            before, literal = part
            is_it = wanted in before[-40:].upper()
            said, found = said + before + (b"" if is_it else literal), literal if is_it else found
        else:
            if said or part:
                yield said + (part or b""), found
            said, found = b"", None


def reason(said: bytes) -> str | None:
    """Return why a mail is no touch, as far as the server knows."""
    if _DRAFT.search(said):
        return DRAFT
    return CALENDAR if _INVITATION.search(said) else None
