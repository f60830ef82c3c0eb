"""Reading events and decision dates from CSV files, gzipped or not: strict, and a chunk at a time."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.errors import Refused

EVENT_FIELDS = ("ego", "stakeholder", "occurred_at", "kind")
BROADCAST = "_broadcast"
# Few enough for the cache, enough for numpy to be worth its call.
CHUNK = 50_000

_GZIP_MAGIC = b"\x1f\x8b"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# "2026-11-23T07:00:00Z" and longer is what numpy reads in bulk once the Z is off; shorter may lack a day.
_ZULU_LENGTH_MIN = 20

Integers = NDArray[np.int64]


class Touches(NamedTuple):
    """Touches by moment (microseconds since 1970) and by the number of their relationship."""

    moments: Integers
    relationships: Integers


class Decision(NamedTuple):
    """A moment for which risks are wanted: microseconds since 1970, and as the file wrote it."""

    moment: int
    text: str


class CsvFile:
    """An open CSV file that knows where it is, so that a refusal can name the line."""

    def __init__(self, path: Path, text: IO[str]) -> None:
        self.path = path
        self.reader = csv.reader(text, strict=True)
        self.header = next(self.reader, [])

    def positions(self, names: Sequence[str]) -> list[int]:
        """Return where each of the columns `names` stands."""
        for name in names:
            if name not in self.header:
                found = ",".join(self.header)
                raise Refused(f"{self.path}: line 1: no column {name!r}; the header must name it: {found!r}")
        return [self.header.index(name) for name in names]

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows; an empty line is none."""
        for row in self.reader:
            if len(row) == len(self.header):
                yield row
            else:
                self.check_width(row)

    def check_width(self, row: list[str]) -> None:
        """Refuse the row just read unless it is an empty line or as wide as the header."""
        if row and len(row) != len(self.header):
            self.refuse(self.reader.line_num, f"{len(row)} fields; the header has {len(self.header)}")

    def refuse(self, line: int, sentence: str) -> NoReturn:
        """Refuse what stands on `line`."""
        raise Refused(f"{self.path}: line {line}: {sentence}")


@contextmanager
def opened(path: Path) -> Iterator[CsvFile]:
    """Open a CSV file; whether it is gzipped is told by its first bytes, not by its name."""
    file: CsvFile | None = None
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == _GZIP_MAGIC
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            with TextIOWrapper(stream, "utf-8-sig", newline="") as text:
                file = CsvFile(path, text)
                yield file
        except (csv.Error, UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            line = file.reader.line_num if file else 0
            raise Refused(f"{path}: after line {line}: not CSV in UTF-8 (or gzip of it): {error}") from error


def read_touches(path: Path, numbers: dict[str, int]) -> Iterator[Touches]:
    """Yield the file's touches, a chunk at a time in the order of the file; a broadcast is no touch.

    `numbers` counts the relationships met so far, each under ego, NUL, stakeholder; it grows while reading.
    """
    with opened(path) as file:
        for texts, lines, met in _chunks(file, numbers):
            yield Touches(parsed(file, texts, lines), np.array(met, np.int64))


def _chunks(file: CsvFile, numbers: dict[str, int]) -> Iterator[tuple[list[str], list[int], list[int]]]:
    # The one loop that every event passes through: what looks clumsy here is what is fast.
    ego, stakeholder, occurred_at, kind = file.positions(EVENT_FIELDS)
    reader, width = file.reader, len(file.header)
    texts, lines, met = list[str](), list[int](), list[int]()
    for row in reader:
        if len(row) != width:
            file.check_width(row)
            continue
        if row[kind].endswith(BROADCAST):
            continue
        key = row[ego] + "\0" + row[stakeholder]
        try:
            met.append(numbers[key])
        except KeyError:
            met.append(numbered(file, numbers, key))
        texts.append(row[occurred_at])
        lines.append(reader.line_num)
        if len(met) == CHUNK:
            yield texts, lines, met
            texts, lines, met = [], [], []
    yield texts, lines, met


def read_decisions(path: Path) -> list[Decision]:
    """Return the moments of a file with a column `decided_at`, each once and in time order."""
    with opened(path) as file:
        [position] = file.positions(["decided_at"])
        texts, lines = list[str](), list[int]()
        for row in file.rows():
            texts.append(row[position])
            lines.append(file.reader.line_num)
        moments = parsed(file, texts, lines, "decided_at").tolist()
    if not moments:
        raise Refused(f"{path}: no decided_at: at least one row must follow the header")
    # Of two spellings of one moment, the first stands.
    first = dict(zip(reversed(moments), reversed(texts), strict=True))
    return [Decision(moment, first[moment]) for moment in sorted(first)]


def numbered(file: CsvFile, numbers: dict[str, int], key: str) -> int:
    """Give a relationship met for the first time its number; both must have a name."""
    for name, value in zip(EVENT_FIELDS, key.split("\0", 1), strict=False):
        if not value or "\0" in value:
            file.refuse(file.reader.line_num, f"{name} {value!r} must be a name: not empty, without NUL")
    return numbers.setdefault(key, len(numbers))


def parsed(file: CsvFile, texts: Sequence[str], lines: Sequence[int], name: str = "occurred_at") -> Integers:
    """Return microseconds since 1970; the usual spelling in bulk, any other ISO 8601 one by one."""
    if all(len(text) >= _ZULU_LENGTH_MIN and text[-1] == "Z" for text in texts):
        try:
            # Through numpy's own dates: twenty times as fast as one by one.
            return np.array([text[:-1] for text in texts], "datetime64[us]").astype(np.int64)
        except ValueError:
            pass  # one by one will find the line
    found = (moment(file, text, line, name) for text, line in zip(texts, lines, strict=True))
    return np.fromiter(found, np.int64, len(texts))


def moment(file: CsvFile, text: str, line: int, name: str) -> int:
    """Return microseconds since 1970; a moment without a zone is UTC, a day is its midnight."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        file.refuse(line, f"{name} {text!r} must be ISO 8601 in UTC, such as 2026-11-23T07:00:00Z")
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
