"""Invitations and answers in a mailbox on a server: which of its mails carry them, fetched when something is new.

Of each such mail is kept which meetings it speaks of, as digests: a new answer makes the invitation be fetched again
that it answers, and nothing else. Structures tell which mails these are; only their text is fetched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from imap_tools import BaseMailBox
from imap_tools.utils import chunked_crop

from services.ingest.connectors.ics import mails
from services.ingest.connectors.ics.mails import Calendar
from services.ingest.connectors.ics.read import digest
from services.ingest.connectors.imap import ASKED_AT_ONCE, Security, Server, fetched, reason, select
from services.ingest.connectors.mail import MESSAGE_BYTES_MAX
from services.ingest.connectors.mail_drop import CALENDAR
from shared.errors import Refused

TEXTS_AT_ONCE = 20
STRUCTURE = "(UID FLAGS BODYSTRUCTURE)"
TEXT = f"(UID BODY.PEEK[]<0.{MESSAGE_BYTES_MAX}>)"
_UID = re.compile(rb"\bUID (\d+)")
_SCHEMES = {"imaps": Security.TLS, "imap": Security.STARTTLS}
RULE = "must be such as imaps://bo@mail.us.example, with a folder behind a / where one is meant"


@dataclass
class Seen:
    """How far a folder was looked through, and which of its mails speak of which meetings."""

    validity: int = 0
    uid: int = 0
    mails: dict[int, list[str]] = field(default_factory=dict)
    """Digests of the meetings' UIDs, by the mail's UID."""


@dataclass
class Found:
    """What a look brought."""

    calendars: list[Calendar] = field(default_factory=list)
    folders: dict[str, Seen] = field(default_factory=dict)
    meetings: set[str] = field(default_factory=set)
    """Of which meetings everything is in here, as digests of their UIDs."""


def server_of(address: str) -> tuple[Server, list[str]]:
    """Return where an imaps:// or imap:// address leads, and the folder it names; raise Refused where it is none.

    imap:// begins in the clear and goes on by STARTTLS; `?security=none` leaves it there.
    """
    try:
        its = urlsplit(address)
        security = Security(dict(parse_qsl(its.query)).get("security", _SCHEMES[its.scheme.lower()]))
        port = its.port
    except (ValueError, KeyError):
        raise Refused(f"PATH: {address!r} — {RULE}") from None
    if not its.hostname or not its.username:
        raise Refused(f"PATH: {address!r} — {RULE}")
    if its.password:
        raise Refused("PATH: must not hold the password, which others would see: set ATTUNE_IMAP_PASSWORD")
    folder = unquote(its.path.strip("/"))
    return Server(its.hostname, port, unquote(its.username), security), [folder] if folder else []


def look(box: BaseMailBox, folders: Iterable[str], known: Mapping[str, Seen], wanted: set[str] | None) -> Found:
    """Return the calendars of what is new, and of every mail about the same meetings or those `wanted` (None: all)."""
    found, before = Found(), dict[str, list[int]]()
    for folder in folders:
        seen = refreshed(box, folder, known.get(folder, Seen()))
        before[folder] = [uid for uid in seen.mails if uid <= seen.uid]
        new = list(new_invitations(box, seen))
        take(found, box, folder, seen, new)
        found.folders[folder] = seen
    concerned = None if wanted is None else wanted | found.meetings
    found.meetings |= wanted or set()
    for folder, uids in before.items():
        seen = found.folders[folder]
        select(box, folder)
        again = [uid for uid in uids if concerned is None or not concerned.isdisjoint(seen.mails[uid])]
        take(found, box, folder, seen, again)
    return found


def refreshed(box: BaseMailBox, folder: str, seen: Seen) -> Seen:
    """Open the folder; return what is known of it, nothing where its UIDs were given out anew."""
    validity = select(box, folder)
    if seen.validity != validity:
        return Seen(validity)
    return Seen(validity, seen.uid, dict(seen.mails))


def new_invitations(box: BaseMailBox, seen: Seen) -> Iterator[int]:
    """Yield the new mails of the open folder that carry a calendar, and note how far it is read."""
    # `*` is the newest mail even where it is older than asked for.
    uids = sorted(uid for uid in map(int, box.uids(f"UID {seen.uid + 1}:*")) if uid > seen.uid)
    for some in chunked_crop(uids, ASKED_AT_ONCE):
        for said, _ in answers(box, some, STRUCTURE):
            if (uid := _UID.search(said)) and reason(said) == CALENDAR:
                yield int(uid[1])
    seen.uid = max([seen.uid, *uids])


def take(found: Found, box: BaseMailBox, folder: str, seen: Seen, uids: list[int]) -> None:
    """Add the calendars of these mails of the open folder, and note which meetings each speaks of."""
    for some in chunked_crop(uids, TEXTS_AT_ONCE):
        for said, message in answers(box, some, TEXT):
            uid = _UID.search(said)
            if uid and message is not None:
                calendars = mails.calendars_in(message, f"{folder} uid {int(uid[1])}")
                found.calendars += calendars
                parts = (part for _, part in calendars if isinstance(part, bytes))
                spoken_of = {digest(each) for part in parts for each in mails.uids_in(part)}
                seen.mails[int(uid[1])] = sorted(spoken_of)
                found.meetings |= spoken_of


def answers(box: BaseMailBox, uids: list[int], wanted: str) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield what the server says of each mail, and its text where that was asked for."""
    answer: Any = box.client.uid("FETCH", ",".join(map(str, uids)), wanted)
    if answer[0] != "OK":
        raise Refused(f"the IMAP server does not say what mails are like: {answer[1]!r}")
    yield from fetched(answer[1], b"BODY[]")
