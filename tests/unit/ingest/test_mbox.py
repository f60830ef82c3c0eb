import gzip
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connectors import mail, mbox
from services.ingest.connectors.items import Dropped
from services.ingest.connectors.mail import MESSAGE_BYTES_MAX
from shared.errors import Refused
from tests.unit.ingest import mailboxes
from tests.unit.ingest.test_mail import MAILBOX

FROM = b"From ana@corp.example Mon Mar  2 09:30:00 2026\n"
HEAD = b"From: ana@corp.example\nTo: bo@acme.example\n"


def split(content: bytes, path: Path = Path("x.mbox")) -> list[bytes]:
    return list(mbox.messages(io.BufferedReader(io.BytesIO(content)), path))


def test_a_mailbox_is_its_mails() -> None:
    first, second = HEAD + b"\none\n\n", HEAD + b"\ntwo\n"

    assert split(FROM + first + FROM + second) == [first, second]


def test_an_empty_mailbox_holds_nothing() -> None:
    assert split(b"") == split(b"\n\n") == []


def test_what_is_no_mailbox_is_refused() -> None:
    with pytest.raises(Refused, match=r"x\.mbox: is no mbox: the first line must begin with `From `"):
        split(HEAD)


@pytest.mark.parametrize(
    "line",
    [
        b"From - \n",
        b"From 1844347792267117879@xxx\n",
        b"From a@b Mon, 2 Mar 2026 09:30\n",
        b"From ana at corp.example  Mon Mar  2 09:30:00 2026\r\n",
    ],
)
def test_odd_from_lines_part_mails(line: bytes) -> None:
    assert len(split(line + HEAD + b"\none\n\n" + line + HEAD + b"\ntwo\n")) == 2


@pytest.mark.parametrize(
    "line", [b"From Russia with love\n", b"From here on: 10:30\n", b">From ana@corp.example Mon Mar  2 09:30:00 2026\n"]
)
def test_prose_parts_nothing(line: bytes) -> None:
    assert len(split(FROM + HEAD + b"\none\n\n" + line + b"Year: 1963\n")) == 1


def test_a_missing_blank_line_parts_mails_where_a_field_follows() -> None:
    assert len(split(FROM + HEAD + b"\none\n" + FROM + HEAD + b"\ntwo\n")) == 2
    assert len(split(FROM + HEAD + b"\nhe quoted\n" + FROM + b"and no more\n")) == 1


def test_a_length_that_ends_where_a_mail_may_end_is_believed() -> None:
    body = b"\n" + FROM + HEAD + b"\nquoted whole\n"
    head = HEAD + b"Content-Length: %d\n\n" % len(body)

    assert split(FROM + head + body + b"\n" + FROM + HEAD + b"\ntwo\n") == [head + body + b"\n", HEAD + b"\ntwo\n"]
    assert split(FROM + head + body) == [head + body]


@pytest.mark.parametrize("length", [b"0", b"1", b"3", b"99999999999", b"-5", b"many"])
def test_a_length_that_lies_is_not_believed(length: bytes) -> None:
    assert len(split(FROM + HEAD + b"Content-Length: " + length + b"\n\none\n\n" + FROM + HEAD + b"\ntwo\n")) == 2


def test_a_quoted_from_line_before_the_fields_harms_none(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    _, from_line, rest = next(mailboxes.mbox(2)).partition(b"Return-Path")
    path.write_bytes(FROM + b">From uucp Mon Mar  2 09:30:00 2026\n" + from_line + rest)

    [item] = mbox.items(path, MAILBOX)

    assert isinstance(item, Dropped)
    assert item.reason == "list"


def test_what_is_packed_reads_the_same(tmp_path: Path) -> None:
    whole = b"".join(mailboxes.mbox(20, 3))
    plain, packed = tmp_path / "a.mbox", tmp_path / "a.mbox.gz"
    plain.write_bytes(whole)
    packed.write_bytes(gzip.compress(whole))

    assert list(mbox.items(plain, MAILBOX)) == list(mbox.items(packed, MAILBOX))
    assert len(list(mbox.items(plain, MAILBOX))) == 20


def test_a_large_mail_is_kept_in_part_only() -> None:
    [first, second] = split(FROM + HEAD + b"\n" + b"x" * 5 * MESSAGE_BYTES_MAX + b"\n\n" + FROM + HEAD)

    assert len(first) < 1.1 * MESSAGE_BYTES_MAX
    assert second == HEAD


@given(
    st.lists(
        st.lists(st.sampled_from([b"text", b"", b">From x", b"From Russia with love", b"To: x"]), max_size=5),
        max_size=5,
    )
)
def test_as_many_mails_come_out_as_went_in(bodies: list[list[bytes]]) -> None:
    content = b"".join(FROM + HEAD + b"\n" + b"".join(line + b"\n" for line in body) + b"\n" for body in bodies)

    assert len(split(content)) == len(bodies)


PIECES = [
    b"\n",
    b"\r\n",
    b"text",
    b"text\n",
    b"\n\n" + FROM,
    b"\nFrom here on: ",
    b"\r\n\r\n" + FROM + HEAD,
    HEAD,
    b"To: x",
]
PIECES += [b"\nContent-Length: 9\n\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.integers(1, 64))
def test_mails_are_parted_alike_however_little_is_buffered(content: bytes, size: int) -> None:
    little = io.BufferedReader(io.BytesIO(FROM + content), size)

    assert list(mbox.messages(little, Path("x.mbox"))) == split(FROM + content)


def test_memory_does_not_grow_with_the_mailbox() -> None:
    # Eight hundred mails of 2.6 kB more.
    assert peak(1000) < peak(200) + 1_000_000


def peak(messages: int) -> int:
    """Return the most bytes held while so many mails are read; what is remembered of people is the same for all."""
    file = io.BufferedReader(Generated(mailboxes.mbox(messages, 20)), 64 * 1024)
    tracemalloc.start()
    for message in mbox.messages(file, Path("x")):
        mail.item(message, "x", MAILBOX)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


class Generated(io.RawIOBase):
    """A file that is made up while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer
        self._left = self._left or next(self._parts, b"")
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size
