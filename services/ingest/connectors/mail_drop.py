"""Why a mail is no touch although it was sent: nobody wrote it to somebody.

Lists by RFC 2369 and 2919, automatic mails by RFC 3834, bounces by RFC 3464, receipts by RFC 8098,
complaints by RFC 5965, invitations by RFC 6047, and what widespread programs write instead.
"""

import re

from services.ingest.connectors.mail_head import Head

DRAFT = "draft"
SPAM = "spam"
BOUNCE = "bounce"
RECEIPT = "receipt"
COMPLAINT = "complaint"
LIST = "list"
CALENDAR = "calendar"
AUTO_REPLY = "auto-reply"
AUTO_GENERATED = "auto-generated"
NO_REPLY = "no-reply"

_LIST_FIELDS = (
    *(f"list-{name}" for name in ("id", "unsubscribe", "post", "help", "subscribe", "owner", "archive")),
    "mailing-list",
    "x-mailing-list",
)
_REPLY_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply")
_REPORTS = {"disposition-notification": RECEIPT, "feedback-report": COMPLAINT}
_REPORT_TYPE = re.compile(r'report-type="?([a-z-]+)', re.IGNORECASE)
_NO_REPLY = re.compile(r"(?:^|[-_.+])(?:no|do[-_.]?not|dont|never)[-_.]?reply(?:$|[-_.+\d])")
_BOUNCERS = frozenset({"mailer-daemon", "postmaster"})

_CALENDAR_PART = re.compile(rb"^content-type:\s*text/calendar[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_ATTACHMENT = re.compile(rb"^content-disposition:\s*attachment", re.IGNORECASE | re.MULTILINE)
_MAIL_PART = re.compile(rb"^content-type:\s*message/rfc822", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\n\r?\n")


def why_no_touch(head: Head) -> str | None:
    """Return the reason by which nobody is to be counted, None when somebody may be."""
    return (
        _unsent(head) or _report(head) or (CALENDAR if is_calendar(head) else None) or _listed(head) or _automatic(head)
    )


def is_bouncer(address: str) -> bool:
    """Tell whether the sender is a mail server."""
    return address.partition("@")[0] in _BOUNCERS


def is_no_reply(address: str) -> bool:
    """Tell whether nobody reads what is sent to the address."""
    return _NO_REPLY.search(address.partition("@")[0]) is not None


def _unsent(head: Head) -> str | None:
    labels = {label.strip().lower() for label in head.text("x-gmail-labels").split(",")}
    if labels & {"draft", "drafts"} or head.text("x-unsent") == "1" or head.has("x-mozilla-draft-info"):
        return DRAFT
    is_spam = "spam" in labels or head.word("x-spam-flag") == "yes" or head.text("x-spam-status").lower()[:4] == "yes,"
    return SPAM if is_spam else None


def _report(head: Head) -> str | None:
    content = head.word("content-type")
    if content == "multipart/report":
        kind = _REPORT_TYPE.search(head.text("content-type"))
        return _REPORTS.get(kind[1].lower(), BOUNCE) if kind else BOUNCE
    return BOUNCE if content == "message/delivery-status" or head.has("x-failed-recipients") else None


def _listed(head: Head) -> str | None:
    return LIST if head.has(*_LIST_FIELDS) or head.word("precedence") in {"list", "bulk", "junk"} else None


def _automatic(head: Head) -> str | None:
    submitted = head.word("auto-submitted")
    if submitted == "auto-replied" or head.has(*_REPLY_FIELDS) or head.word("precedence") == "auto_reply":
        return AUTO_REPLY
    suppress = head.word("x-auto-response-suppress")
    if submitted not in {"", "no"} or suppress not in {"", "none"}:
        return AUTO_GENERATED
    # RFC 3834 wants the empty return path of automatic replies too: those said so above.
    return BOUNCE if head.text("return-path") == "<>" else None


def is_calendar(head: Head) -> bool:
    """Tell whether the mail carries an invitation or an answer to one: the calendar tells of those."""
    content = head.word("content-type")
    if content == "text/calendar" or head.word("content-class") == "urn:content-classes:calendarmessage":
        return True
    return content.startswith("multipart/") and _holds_calendar(head.body)


def _holds_calendar(body: bytes) -> bool:
    """Look through the parts' own fields; what a forwarded mail holds was not sent by who forwards it."""
    if b"text/calendar" not in body.lower():
        return False
    forwarded = _MAIL_PART.search(body)
    for part in _CALENDAR_PART.finditer(body, 0, forwarded.start() if forwarded else len(body)):
        if b"method=" in part[0].lower() or not _ATTACHMENT.search(_around(body, part.start(), part.end())):
            return True
    return False


def _around(body: bytes, begin: int, end: int) -> bytes:
    """Return the part's fields, from the boundary to the blank line."""
    blank = _BLANK_LINE.search(body, end - 1)
    return body[max(0, body.rfind(b"\n--", 0, begin)) : blank.start() if blank else len(body)]
