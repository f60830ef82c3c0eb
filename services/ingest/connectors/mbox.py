"""mbox: many mails in one file, each after a line that begins with `From `.

Four dialects share the name. Some quote such lines within a mail (`>From `), some tell its length instead, some do
neither. So a line parts two mails when it looks like the From_ line of a mail program, and a length is believed when
it ends where a mail may end. One mail at a time is in memory, and of a large one its beginning.
"""

import re
from collections.abc import Iterator
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from services.ingest.connectors import mail, plain
from services.ingest.connectors.items import Item
from services.ingest.connectors.mail import MESSAGE_BYTES_MAX, Mailbox
from shared.errors import Refused

LINE_MAX = 64 * 1024
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# With a date as `date` prints it, or with nothing but one word: prose is neither.
_FROM_LINE = re.compile(rb"From (?:\S*\s*$|.*\b" + _MONTH + rb"\b.*\d:\d\d|.*\d{4}-\d\d-\d\d[T ]\d\d:\d\d)", re.DOTALL)
# The buffer may end within it.
_FIELD = re.compile(rb"[!-9;-~]+(?::|\Z)")
_CONTENT_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def items(path: Path, mailbox: Mailbox) -> Iterator[Item]:
    """Yield one item per mail, in the order of the file; raise Refused when it is no mbox."""
    with plain.opened(path) as file:
        for number, message in enumerate(messages(file, path), 1):
            yield mail.item(message, f"message {number}", mailbox)


def messages(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield each mail of a buffered file without its From_ line, cut after MESSAGE_BYTES_MAX."""
    line = first_line(file)
    if line and not line.startswith(b"From "):
        raise Refused(f"{path}: is no mbox: the first line must begin with `From ` (one mail alone is `import eml`)")
    while line:
        message, line = one(file)
        yield message


def first_line(file: IO[bytes]) -> bytes:
    """Return the first line that is not blank."""
    for line in iter(lambda: file.readline(LINE_MAX), b""):
        if told := line.removeprefix(_BYTE_ORDER_MARK).strip(b"\r\n"):
            return told
    return b""


def one(file: IO[bytes]) -> tuple[bytes, bytes]:
    """Return the mail that begins here and the From_ line of the next, empty at the end."""
    kept: list[bytes] = []
    size = 0
    in_head = after_blank = at_begin = True
    while line := file.readline(LINE_MAX) if in_head or not at_begin else lines(file):
        if line.startswith(b"From ") and at_begin and kept and is_from_line(line, after_blank, file):
            return b"".join(kept), line
        after_blank = at_begin and (line in {b"\n", b"\r\n"} or line.endswith((b"\n\n", b"\n\r\n")))
        at_begin = line.endswith(b"\n")
        if size < MESSAGE_BYTES_MAX:
            kept.append(line)
            size += len(line)
        if in_head and after_blank:
            in_head = False
            if body := believed_body(file, kept):
                kept.append(body)
                size += len(body)
                after_blank = True
    return b"".join(kept), b""


def lines(file: IO[bytes]) -> bytes:
    """Return whole lines, as many as are buffered before one that begins with `From `; else the next line alone.

    Line by line a body takes as long as all else together.
    """
    buffered = cast("BufferedReader", file).peek(1)
    if buffered.startswith(b"From "):
        return file.readline(LINE_MAX)
    found = buffered.find(b"\nFrom ")
    end = (found if found >= 0 else buffered.rfind(b"\n")) + 1
    # What the buffer ends with may be the beginning of such a line.
    return file.read(end) if end else file.readline(LINE_MAX)


def is_from_line(line: bytes, after_blank: bool, file: IO[bytes]) -> bool:
    """Tell whether a line that begins with `From ` parts two mails."""
    if not _FROM_LINE.match(line):
        return False
    # Some programs leave out the blank line before it; then a field must follow.
    return after_blank or _FIELD.match(cast("BufferedReader", file).peek(1)) is not None


def believed_body(file: IO[bytes], head: list[bytes]) -> bytes:
    """Read on to where Content-Length says that the mail ends, if one may end there; return what is kept of it."""
    found = _CONTENT_LENGTH.search(b"".join(head))
    # Going back in a compressed file means to unpack it anew.
    if not found or isinstance(file, GzipFile) or not file.seekable():
        return b""
    begin, length = file.tell(), int(found[1])
    file.seek(begin + length - 1)
    before, after = file.read(1), file.read(len(b"\r\n\r\nFrom "))
    fits = before and (not after.strip(b"\r\n") or after.lstrip(b"\r\n").startswith(b"From "))
    file.seek(begin)
    if not fits or not length:
        return b""
    body = file.read(min(length, MESSAGE_BYTES_MAX))
    file.seek(begin + length)
    return body
