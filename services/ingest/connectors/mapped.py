"""Rows of somebody else's table, CSV or JSON Lines, read by a mapping."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import orjson

from services.ingest.connectors import plain
from services.ingest.connectors.items import Item, Rejected
from services.ingest.connectors.mapping import Mapping, Place, item, mapping_of, rejected
from shared.errors import Refused
from shared.events.refusal import Refusal, shown

LINE_MAX = 1024 * 1024
LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def mapping_in(path: Path) -> Mapping:
    """Read a mapping from its file; raise Refused naming what is wrong with it."""
    try:
        return mapping_of(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: cannot be read ({error})") from error


def items(path: Path, mapping: Mapping, initiative: str | None = None) -> Iterator[Item]:
    """Yield one item per row; raise Refused where the file has not the columns that the mapping names."""
    with plain.opened(path) as file:
        rows = lines(file) if path.name.lower().endswith(LINES) else cells(file, path, mapping)
        for place in rows:
            yield place if isinstance(place, Rejected) else item(mapping, place, initiative)


def cells(file: IO[bytes], path: Path, mapping: Mapping) -> Iterator[Place | Rejected]:
    """Yield the rows of a CSV."""
    try:
        # A byte that is none of its encoding must cost its own row only.
        text = io.TextIOWrapper(file, mapping.file.encoding, errors="surrogateescape", newline="")
    except LookupError:
        raise Refused(f"file.encoding: {mapping.file.encoding!r} — is no encoding such as utf-8 or cp1252") from None
    with text:
        # What has no line end must not fill memory: a line so long is no row, and cut it is refused as one.
        rows = csv.reader(iter(partial(text.readline, LINE_MAX), ""), delimiter=mapping.file.delimiter)
        header = header_of(path, rows, mapping)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield rejected(Place(rows.line_num, {}), Refusal("row", "unreadable", str(error)))
                continue
            except UnicodeError as error:
                raise Refused(f"{path}: is not {mapping.file.encoding} ({error})") from error
            if any(cell.strip() for cell in row):
                yield place_of(rows.line_num, header, row)


def place_of(line: int, header: list[str], row: list[str]) -> Place | Rejected:
    """Return the row under its columns."""
    place = Place(line, dict(zip(header, row, strict=False)))
    if len(row) == len(header):
        return place
    return rejected(place, Refusal("row", f"{len(row)} cells", f"must have {len(header)}, as the header has"))


def header_of(path: Path, rows: Any, mapping: Mapping) -> list[str]:
    """Return the names of the columns; raise Refused unless every one that is asked for is there once."""
    try:
        header = [name.strip() for name in next(rows, [])]
    except (csv.Error, UnicodeError) as error:
        raise Refused(f"{path}: is no CSV ({error})") from error
    for column in mapping.columns:
        if header.count(column) != 1:
            found = "is missing" if column not in header else "stands there twice"
            raise Refused(f"{path}: column {column!r} {found}; the first line is {shown(', '.join(header))}")
    return header


def lines(file: IO[bytes]) -> Iterator[Place | Rejected]:
    """Yield the objects of JSON Lines, each a row; a column that is missing in one is empty."""
    for number, line in plain.lines(file, LINE_MAX):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield rejected(
                Place(number, {}),
                Refusal("row", shown(line[:100].decode(errors="replace")), f"must be JSON ({error.msg})"),
            )
            continue
        if isinstance(row, dict):
            yield Place(number, row)
        else:
            yield rejected(Place(number, {}), Refusal("row", shown(row), "must be a JSON object"))
