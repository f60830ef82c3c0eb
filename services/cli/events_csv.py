"""Reading events and decision dates from CSV files, gzipped or not: strict, and a block at a time.

What is plain (no quotes, the usual spelling of moments) is read by numpy, a block of lines in one go, five
times as fast as row by row. A block that is anything but plain is read by the csv module, which knows every
case and names the line of whatever has to be refused. Both ways give the same touches.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from shared.errors import Refused

EVENT_FIELDS = ("ego", "stakeholder", "occurred_at", "kind")
BROADCAST = "_broadcast"
BLOCK_BYTES = 1 << 20
"""Few enough for the cache, enough for numpy to be worth its call."""

_GZIP_MAGIC = b"\x1f\x8b"
_NOT_PLAIN = b'"\r\0'
_COMMA, _NEWLINE, _ZULU = b",\nZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
# "2026-11-23T07:00:00" with its Z off.
_MOMENT_LENGTH = 19
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_MARKS = ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"))
# Longer names are read row by row: a block is laid out as wide as its longest name.
_NAMES_LENGTH_MAX = 200

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Touches(NamedTuple):
    """Touches by moment (microseconds since 1970) and by the number of their relationship."""

    moments: Integers
    relationships: Integers


class Span(NamedTuple):
    """The moments that a history may have, both included: microseconds since 1970."""

    first: int
    last: int

    @classmethod
    def until(cls, now: datetime) -> "Span":
        """Return what can have happened: programs write 1 January 1970 for no date, and zones are mistaken by a day."""
        return cls(86_400 * 1_000_000, (now + timedelta(days=1) - _EPOCH) // _MICROSECOND)


class Decision(NamedTuple):
    """A moment for which risks are wanted: microseconds since 1970, and as the file wrote it."""

    moment: int
    text: str


class CsvFile:
    """An open CSV file that knows where it is, so that a refusal can name the line."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path, self.stream, self.line = path, stream, 1
        first = stream.readline().removeprefix(codecs.BOM_UTF8)
        self.header = next(csv.reader([first.decode()], strict=True), [])

    def positions(self, names: Sequence[str]) -> list[int]:
        """Return where each of the columns `names` stands."""
        for name in names:
            if name not in self.header:
                found = ",".join(self.header)
                raise Refused(f"{self.path}: line 1: no column {name!r}; the header must name it: {found!r}")
        return [self.header.index(name) for name in names]

    def blocks(self) -> Iterator[bytes]:
        """Yield the file in blocks of whole lines."""
        while block := self.stream.read(BLOCK_BYTES):
            whole = block + self.stream.readline()
            yield whole if whole.endswith(b"\n") else whole + b"\n"

    def rows(self, block: bytes) -> Iterator[list[str]]:
        """Yield the rows of a block and keep `line` at the last; an empty line is none.

        A quoted field may go on after the block: with a quote in it, the rest of the file is read as well.
        """
        lines = chain(io.BytesIO(block), self.stream) if b'"' in block else io.BytesIO(block)
        reader, before = csv.reader(map(bytes.decode, lines), strict=True), self.line
        try:
            for row in reader:
                self.line = before + reader.line_num
                if len(row) == len(self.header):
                    yield row
                elif row:
                    self.refuse(f"{len(row)} fields; the header has {len(self.header)}")
        finally:
            self.line = before + reader.line_num

    def refuse(self, sentence: str) -> NoReturn:
        """Refuse what stands on the present line."""
        raise Refused(f"{self.path}: line {self.line}: {sentence}")


@contextmanager
def opened(path: Path) -> Iterator[CsvFile]:
    """Open a CSV file; whether it is gzipped is told by its first bytes, not by its name."""
    file: CsvFile | None = None
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == _GZIP_MAGIC
        stream = cast("IO[bytes]", io.BufferedReader(gzip.GzipFile(fileobj=raw))) if packed else raw
        try:
            file = CsvFile(path, stream)
            yield file
        except (csv.Error, UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            line = file.line if file else 0
            raise Refused(f"{path}: near line {line}: not CSV in UTF-8 (or gzip of it): {error}") from error


def read_touches(path: Path, numbers: dict[bytes, int], span: Span | None = None) -> Iterator[Touches]:
    """Yield the file's touches, a block at a time in the order of the file; a broadcast is no touch.

    `numbers` counts the relationships met so far, each under ego, NUL, stakeholder; it grows while reading. What lies
    outside the span is refused by its line.
    """
    with opened(path) as file:
        columns = file.positions(EVENT_FIELDS)
        for block in file.blocks():
            touches = plain(block, len(file.header), columns, numbers, span)
            if touches is None:
                yield careful(file, block, columns, numbers, span)
            else:
                file.line += block.count(b"\n")
                yield touches


def careful(
    file: CsvFile, block: bytes, columns: Sequence[int], numbers: dict[bytes, int], span: Span | None = None
) -> Touches:
    """Read a block row by row, and refuse what is wrong with it."""
    ego, stakeholder, occurred_at, kind = columns
    moments, met = list[int](), list[int]()
    for row in file.rows(block):
        for name, value in (("ego", row[ego]), ("stakeholder", row[stakeholder])):
            if not value or "\0" in value:
                file.refuse(f"{name} {value!r} must be a name: not empty, without NUL")
        at = moment(file, row[occurred_at], "occurred_at")
        if span and not span.first <= at <= span.last:
            file.refuse(
                f"occurred_at {row[occurred_at]!r} must lie between 1970-01-02 and now: "
                "past decisions are split by the time that the file spans"
            )
        if not row[kind].endswith(BROADCAST):
            key = f"{row[ego]}\0{row[stakeholder]}".encode()
            met.append(numbers.setdefault(key, len(numbers)))
            moments.append(at)
    return Touches(np.array(moments, np.int64), np.array(met, np.int64))


def plain(
    block: bytes, width: int, columns: Sequence[int], numbers: dict[bytes, int], span: Span | None = None
) -> Touches | None:
    """Read a block at once; None, and nothing numbered, if it is not plain."""
    ego, stakeholder, occurred_at, kind = columns
    if stakeholder != ego + 1 or any(byte in block for byte in _NOT_PLAIN) or not is_utf8(block):
        return None
    text = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero((text == _COMMA) | (text == _NEWLINE))
    if len(ends) % width or (text[ends] == _NEWLINE).sum() * width != len(ends):
        return None
    starts, last = np.r_[0, ends[:-1] + 1].reshape(-1, width), ends.reshape(-1, width)
    if (text[last[:, -1]] != _NEWLINE).any():
        return None
    moments = plain_moments(text, starts[:, occurred_at], last[:, occurred_at])
    keys = plain_keys(text, starts[:, ego], last[:, ego], last[:, stakeholder])
    if moments is None or keys is None:
        return None
    if span and ((moments < span.first) | (moments > span.last)).any():
        return None
    is_touch = ~ends_with(text, last[:, kind], BROADCAST.encode())
    found = [numbers.setdefault(key, len(numbers)) for key in keys[is_touch].tolist()]
    return Touches(moments[is_touch], np.array(found, np.int64))


def is_utf8(block: bytes) -> bool:
    """Tell whether the block is text."""
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def plain_moments(text: Bytes, starts: Integers, ends: Integers) -> Integers | None:
    """Return microseconds since 1970 if all moments are spelled like 2026-11-23T07:00:00Z."""
    if (ends - starts != _MOMENT_LENGTH + 1).any() or (text[ends - 1] != _ZULU).any():
        return None
    letters = text[starts[:, None] + np.arange(_MOMENT_LENGTH)]
    if any((letters[:, at] != ord(mark)).any() for at, mark in _MARKS):
        return None
    if (letters[:, _DIGITS] - np.uint8(ord("0")) > 9).any():  # noqa: PLR2004 -- what is no digit wraps around
        return None
    try:
        found: Integers = letters.view(f"S{_MOMENT_LENGTH}")[:, 0].astype("datetime64[us]").astype(np.int64)
    except ValueError:
        return None
    # numpy knows a year 0, the calendar of ISO 8601 as Python reads it does not.
    return None if (found < _FIRST).any() else found


def plain_keys(text: Bytes, starts: Integers, middles: Integers, ends: Integers) -> NDArray[np.bytes_] | None:
    """Return ego, NUL, stakeholder of each line if none is empty and none is very long."""
    longest = int((ends - starts).max())
    if (middles == starts).any() or (ends == middles + 1).any() or longest > _NAMES_LENGTH_MAX:
        return None
    places = starts[:, None] + np.arange(longest)
    is_name = (places < ends[:, None]) & (places != middles[:, None])
    letters = np.where(is_name, text.take(places, mode="clip"), np.uint8(0))
    return letters.view(f"S{longest}")[:, 0]


def ends_with(text: Bytes, ends: Integers, suffix: bytes) -> NDArray[np.bool_]:
    """Tell which fields end with `suffix`, which holds neither comma nor newline."""
    places = ends[:, None] - np.arange(len(suffix), 0, -1)
    found: NDArray[np.bool_] = (text.take(places, mode="clip") == np.frombuffer(suffix, np.uint8)).all(axis=1)
    return found


def read_decisions(path: Path) -> list[Decision]:
    """Return the moments of a file with a column `decided_at`, each once and in time order."""
    found: dict[int, str] = {}
    with opened(path) as file:
        [position] = file.positions(["decided_at"])
        for row in file.rows(file.stream.read()):
            # Of two spellings of one moment, the first stands.
            found.setdefault(moment(file, row[position], "decided_at"), row[position])
    if not found:
        raise Refused(f"{path}: no decided_at: at least one row must follow the header")
    return [Decision(at, found[at]) for at in sorted(found)]


def moment(file: CsvFile, text: str, name: str) -> int:
    """Return microseconds since 1970; a moment without a zone is UTC, a day is its midnight."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        file.refuse(f"{name} {text!r} must be ISO 8601 in UTC, such as 2026-11-23T07:00:00Z")
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
