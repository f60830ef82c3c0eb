"""What one model says differently from another. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One number or word of a model: where it stands, what it was and what it is; None where it is missing."""

    field: str
    was: Any
    now: Any


def between(before: Sequence[Mapping[str, Any]], after: Mapping[str, Any]) -> list[Change]:
    """Return what the model says otherwise than the one before it, if there was one."""
    if not before:
        return []
    old, new = flat(before[0]["definition"]), flat(after["definition"])
    changes = (Change(field, old.get(field), new.get(field)) for field in sorted(old | new))
    return [change for change in changes if change.was != change.now]


def flat(part: Any, path: str = "") -> dict[str, Any]:
    """Return every value of nested data under its path; rows of weights go by what they match."""
    match part:
        case Mapping():
            return _together(flat(its, f"{path}.{name}".strip(".")) for name, its in part.items())
        case list() if part and all(isinstance(its, Mapping) for its in part):
            return _together(flat(its, f"{path}[{_name(its)}]") for its in part)
        case _:
            return {path: part}


def _together(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {field: value for part in parts for field, value in part.items()}


def _name(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name]) for name in ("kind", "direction", "quality") if row.get(name, "*") != "*")
