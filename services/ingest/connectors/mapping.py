"""What a mapping says of a table of somebody else's: pure thinking from a row to a touchpoint.

docs/mapping.md teaches the format; the examples there are tested.
"""

import tomllib
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from services.ingest.connectors.items import Envelope, Item, Rejected
from shared.errors import Refused
from shared.events.envelope import EVENT
from shared.events.refusal import Refusal, refusal_of, shown
from shared.vocabulary import TYPE_TOUCHPOINT

EVENT_SOURCE = "csv"
RANGES = {"rating": (-1.0, 1.0), "depth": (0.0, 1.0), "severity": (0.0, 1.0)}
"""What `scale` stretches a column to."""
NUMBERS = {*RANGES, "duration_minutes", "breadth"}
MOMENTS = {"commitment.due_at"}
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
FIELDS = (
    *("kind", "people", "direction", "initiative", "by", "thread", "note", "breadth", "duration_minutes", "planned"),
    *("depth", "facet", "severity", "rating"),
    *("commitment.ref", "commitment.state", "commitment.by", "commitment.due_at"),
)

Row = dict[str, Any]
"""Cells by column; texts in CSV, and whatever JSON holds in JSON Lines."""


class Wrong(Exception):  # noqa: N818 -- it carries a refusal, it is not an error
    """A cell breaks a rule; never leaves this module."""

    def __init__(self, column: str, value: object, rule: str) -> None:
        super().__init__(column)
        self.refusal = Refusal(f"column {column!r}", shown(value), rule)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Moment(_Strict):
    """Where a moment stands, and how it is written."""

    column: str
    format: str | None = None
    """As strptime reads it; ISO 8601 without one."""
    zone: str | None = None
    """Of moments that name none."""

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        try:
            return zone and ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a time zone such as Europe/Berlin") from None


class Source(_Strict):
    """Where a field comes from: a column, or the same for every row."""

    column: str | None = None
    value: str | int | float | bool | None = None
    values: dict[str, str | int | float | bool] | None = None
    """What stands in the column, and what it is called here."""
    default: str | int | float | bool | None = None
    """Of cells that are empty, or that `values` does not name."""
    scale: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    separator: str = ";"
    """Between several people."""
    decimal: Literal[".", ","] = "."
    format: str | None = None
    zone: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("must have a column or a value, and not both")
        if self.scale and self.scale[0] == self.scale[1]:
            raise ValueError("scale must have two ends")
        return self


def _constant(given: object) -> object:
    return given if isinstance(given, dict) else {"value": given}


class Table(_Strict):
    """How the file is written."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"


class Identity(_Strict):
    """What a row is known by."""

    columns: Annotated[list[str], Field(min_length=1)]


class Mapping(_Strict):
    """A whole mapping."""

    file: Table = Table()
    id: Identity | None = None
    time: Moment
    touchpoint: dict[str, Annotated[Source, BeforeValidator(_constant)]]

    @field_validator("touchpoint")
    @classmethod
    def _fields(cls, fields: dict[str, Source]) -> dict[str, Source]:
        for name, source in fields.items():
            if name not in FIELDS:
                raise ValueError(f"`{name}` is no field; known are {', '.join(FIELDS)}")
            if source.scale and name not in RANGES:
                raise ValueError(f"`{name}` has no scale; {', '.join(RANGES)} have")
        return fields

    @property
    def columns(self) -> list[str]:
        """Return every column that is asked for."""
        found = [source.column for source in self.touchpoint.values() if source.column]
        return list(dict.fromkeys([self.time.column, *found, *(self.id.columns if self.id else ())]))


class Place(NamedTuple):
    """Where a row stands."""

    line: int
    row: Row


def mapping_of(text: str, name: str) -> Mapping:
    """Read a mapping; raise Refused naming what is wrong with it."""
    try:
        found = tomllib.loads(text)
        if isinstance(found.get("touchpoint"), dict):
            found["touchpoint"] = flat(found["touchpoint"])
        return Mapping.model_validate(found)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{name}: is not valid TOML: {error}") from None
    except ValidationError as error:
        raise Refused(f"{name}: {refusal_of(error)}") from None


def flat(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `[touchpoint.commitment]` by their whole name."""
    promise = fields.get("commitment")
    if not isinstance(promise, dict):
        return fields
    rest = {name: value for name, value in fields.items() if name != "commitment"}
    return rest | {f"commitment.{name}": value for name, value in promise.items()}


def item(mapping: Mapping, place: Place, initiative: str | None = None) -> Item:
    """Return the row as a touchpoint, or the first rule it breaks with line, column and value."""
    try:
        found = envelope(mapping, place.row, initiative)
        EVENT.validate_json(orjson.dumps(found))
    except Wrong as wrong:
        return rejected(place, wrong.refusal)
    except ValidationError as error:
        return rejected(place, in_the_table(mapping, place.row, refusal_of(error)))
    except (TypeError, orjson.JSONEncodeError):
        return rejected(place, Refusal("row", "its text", "must be UTF-8"))
    return found


def envelope(mapping: Mapping, row: Row, initiative: str | None) -> Envelope:
    """Return the row as a CloudEvent, not yet checked; raise Wrong where a cell cannot be read."""
    data: dict[str, Any] = {} if initiative is None else {"initiative": initiative}
    for name, source in mapping.touchpoint.items():
        if (value := value_of(name, source, row)) is not None:
            holder, _, inner = name.rpartition(".")
            (data.setdefault(holder, {}) if holder else data)[inner] = value
    return {
        "specversion": "1.0",
        "type": TYPE_TOUCHPOINT,
        "source": EVENT_SOURCE,
        "id": id_of(mapping, row, str(data.get("kind")), str(data.get("initiative", ""))),
        "time": moment_of(mapping.time.column, row.get(mapping.time.column), mapping.time.format, mapping.time.zone),
        "data": data,
    }


def id_of(mapping: Mapping, row: Row, *more: str) -> str:
    """Return the row's own name: what the id columns hold, or else the whole row."""
    cells = [row.get(column) for column in mapping.id.columns] if mapping.id else sorted(row.items())
    if mapping.id and not any(cells):
        raise Wrong(", ".join(mapping.id.columns), "", "must not be empty: the row is known by it")
    said = orjson.dumps([cells, *more], default=str)
    return blake2b(said, digest_size=16).hexdigest()


def value_of(name: str, source: Source, row: Row) -> Any:
    """Return the field's value; None where there is none."""
    if source.column is None:
        return people_of(str(source.value), source) if name == "people" else source.value
    cell = row.get(source.column)
    if isinstance(cell, list):
        cell = source.separator.join(map(str, cell))
    cell = cell.strip() if isinstance(cell, str) else cell
    if source.values is not None and not is_empty(cell):
        cell = translated(source, cell)
    if is_empty(cell):
        cell = source.default
    return None if cell is None else converted(name, source, cell)


def is_empty(cell: Any) -> bool:
    """Tell whether nothing stands in a cell."""
    return cell is None or cell == ""


def translated(source: Source, cell: Any) -> Any:
    """Return what the cell is called here."""
    known = {name.lower(): value for name, value in (source.values or {}).items()}
    found = known.get(str(cell).lower(), source.default)
    if found is None:
        raise Wrong(str(source.column), cell, f"must be one of {', '.join(source.values or ())}")
    return found


def converted(name: str, source: Source, cell: Any) -> Any:
    """Return the cell as what the field holds."""
    column = str(source.column)
    if name == "people":
        return people_of(str(cell), source)
    if name in NUMBERS:
        return number_of(name, source, column, cell)
    if name in MOMENTS:
        return moment_of(column, cell, source.format, source.zone)
    if name == "planned":
        if str(cell).lower() not in TRUTHS:
            raise Wrong(column, cell, f"must be one of {', '.join(TRUTHS)}")
        return TRUTHS[str(cell).lower()]
    return str(cell)


def people_of(text: str, source: Source) -> list[dict[str, str]]:
    """Return the people of a cell."""
    return [{"address": address.strip()} for address in text.split(source.separator) if address.strip()]


def number_of(name: str, source: Source, column: str, cell: Any) -> float:
    """Return the number, stretched from the column's scale to the field's own."""
    try:
        number = float(str(cell).replace(",", ".") if source.decimal == "," else str(cell))
    except ValueError:
        raise Wrong(column, cell, "must be a number") from None
    if source.scale:
        low, high = source.scale
        if not min(low, high) <= number <= max(low, high):
            raise Wrong(column, cell, f"must lie on its scale, {low:g} to {high:g}")
        least, most = RANGES[name]
        return least + (number - low) / (high - low) * (most - least)
    return int(number) if name == "breadth" and number.is_integer() else number


def moment_of(column: str, cell: Any, form: str | None, zone: str | None) -> str:
    """Return the moment in UTC; a day is its midnight."""
    text = str("" if cell is None else cell).strip()
    try:
        moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 -- see below
    except ValueError:
        raise Wrong(column, text, f"must be a moment as in {form or '2026-03-01T09:30:00Z'}") from None
    if moment.tzinfo is None:
        if zone is None:
            raise Wrong(column, text, "must name its time zone, or the mapping must: zone = 'Europe/Berlin'")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        raise Wrong(column, text, "must be a moment that a calendar knows") from None


def in_the_table(mapping: Mapping, row: Row, refusal: Refusal) -> Refusal:
    """Name the column instead of the field that it becomes, with what stands there."""
    name = refusal.field.removeprefix("data.")
    if name == "time":
        return Refusal(f"column {mapping.time.column!r}", shown(row.get(mapping.time.column)), refusal.rule)
    source = next((source for field, source in mapping.touchpoint.items() if is_of(field, name)), None)
    if source is None or source.column is None:
        return refusal
    return Refusal(f"column {source.column!r}", shown(row.get(source.column, "")), f"{name} {refusal.rule}")


def is_of(field: str, name: str) -> bool:
    """Tell whether the name is the field's or of something within it."""
    return name == field or name.startswith(f"{field}.")


def rejected(place: Place, refusal: Refusal) -> Rejected:
    """Say where and why."""
    text = ",".join(str(cell) for cell in place.row.values()).encode(errors="replace").decode()
    return Rejected(f"line {place.line}: {refusal}", f"{refusal.field} {refusal.rule}", text)
