"""Reads JSON as APIs return it: pages and single items, in files and folders, JSON or JSON Lines, compressed or not."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from services.ingest.connectors import plain
from services.ingest.connectors.items import Rejected
from shared.errors import Refused
from shared.events.refusal import Refusal, shown

SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
DOCUMENT_BYTES_MAX = 200_000_000
SHOWN_MAX = 200


class Document(NamedTuple):
    """One JSON object of a file."""

    where: str
    found: dict[str, Any]


def read(path: Path) -> Iterator[Document | Rejected]:
    """Yield every object of the file, or of all files of the folder; what is no JSON costs itself only."""
    found = files(path)
    for file in found:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        try:
            with plain.opened(file) as opened:
                yield from documents(opened, name)
        except Refused as refused:
            if not path.is_dir():
                raise
            yield Rejected(str(refused), "file must be readable", name)


def files(path: Path) -> list[Path]:
    """Return the JSON files of a folder, or the one file; raise Refused where there is none."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.name.lower().endswith(SUFFIXES) and file.is_file())
    if not found:
        raise Refused(f"{path}: holds no file that ends in .json or .jsonl (gzip too)")
    return found


def documents(opened: IO[bytes], name: str) -> Iterator[Document | Rejected]:
    """Yield the objects: line by line where the first line is JSON by itself, and else the file as one document."""
    # A byte order mark is no JSON, but Windows writes it.
    line, number = opened.readline(DOCUMENT_BYTES_MAX).removeprefix(b"\xef\xbb\xbf"), 1
    while line and not line.strip():
        line, number = opened.readline(DOCUMENT_BYTES_MAX), number + 1
    if not is_json(line):
        yield from objects(line + opened.read(DOCUMENT_BYTES_MAX), name)
        return
    while line:
        if line.strip():
            yield from objects(line, f"{name}: line {number}" if number > 1 else name)
        line, number = opened.readline(DOCUMENT_BYTES_MAX), number + 1


def objects(text: bytes, where: str) -> Iterator[Document | Rejected]:
    """Yield the object, or each one of an array."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        beginning = text[:SHOWN_MAX].decode(errors="replace")
        yield rejected(where, Refusal("document", shown(beginning), f"must be JSON ({error.msg})"))
        return
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield Document(where, each)
        else:
            yield rejected(where, Refusal("document", shown(each), "must be a JSON object"))


def is_json(text: bytes) -> bool:
    """Tell whether the text is a whole JSON document."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def rejected(where: str, refusal: Refusal) -> Rejected:
    """Say where and why."""
    return Rejected(f"{where}: {refusal}", f"{refusal.field} {refusal.rule}", where)


def error_of(document: Document) -> Rejected | None:
    """Return why the document is an answer that says no, None when it is none."""
    error = document.found.get("error")
    if not isinstance(error, dict):
        return None
    said = f"{error.get('code', '')} {error.get('message', '')}".strip()
    return rejected(document.where, Refusal("error", shown(said), "is what the API answered instead of items"))


def entries(found: dict[str, Any], name: str) -> list[Any] | None:
    """Return the items of a page, None when the object is no page."""
    items = found.get(name)
    return items if isinstance(items, list) else None


def inner(found: Any, *path: str) -> Any:
    """Return what lies at the path, None where something on the way is missing or no object."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def text_of(found: Any, *path: str) -> str:
    """Return the text at the path on one line, empty where there is none."""
    value = inner(found, *path)
    return " ".join(value.split()) if isinstance(value, str) else ""
