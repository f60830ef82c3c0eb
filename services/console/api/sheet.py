"""Rows as CSV that a spreadsheet can open without running anything."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

COLUMNS = (
    "initiative",
    "stakeholder",
    "name",
    "function",
    "level",
    "role",
    "owner",
    "importance",
    "desired_band",
    "score",
    "band",
    "reasons",
    "drifts_at",
    "last_touch_at",
)
HEADERS = {"content-disposition": 'attachment; filename="relationships.csv"'}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "One line per relationship."}
}
FORMULA = re.compile("(^|[;|\\t\\r\\n])(?=\\s*[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\t\\r\\n])")
"""Where a spreadsheet would see a formula begin (OWASP: CSV injection): in a cell, or behind what separates cells
elsewhere in the world."""


def heading() -> bytes:
    """Return the first line."""
    return _written([COLUMNS])


def lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return one line per row."""
    return _written([[cell(row[column]) for column in COLUMNS] for row in rows])


def cell(value: Any) -> Any:
    """Return what stands in a cell; text that would be a formula is held by an apostrophe."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case list():
            return cell(" ".join(value))
        case str():
            return FORMULA.sub(r"\1'", value)
        case _:
            return value


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()
