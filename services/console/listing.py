"""What a list of relationships is narrowed and ordered by, and where its next page begins."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson

from shared.errors import Refused
from shared.vocabulary import Band

Kind = Literal["moment", "number", "text"]


class Order(NamedTuple):
    """One way to sort: by an indexed expression that is never null, and the id to break ties."""

    title: str
    expression: str
    kind: Kind
    is_descending: bool = False


ORDERS = {
    "drift": Order("next drift first", "coalesce(standings.drifts_at, 'infinity')", "moment"),
    "score": Order("lowest score first", "coalesce(standings.score, 'infinity')", "number"),
    "-score": Order("highest score first", "coalesce(standings.score, -1)", "number", is_descending=True),
    "touch": Order("longest silence first", "coalesce(standings.last_touch_at, '-infinity')", "moment"),
    "name": Order("by name", "lower(standings.name)", "text"),
}
SQL_TYPES: dict[Kind, str] = {"moment": "timestamptz", "number": "double precision", "text": "text"}
PAGE = 50
PAGE_MAX = 200
SEARCH_MAX = 100
FILTERS = ("initiative", "band", "owner", "function", "level", "reason", "search")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which relationships a list shows, in which order; `scope` is all that the user may see, None everything."""

    scope: tuple[str, ...] | None = None
    initiative: str | None = None
    band: str | None = None
    owner: str | None = None
    function: str | None = None
    level: str | None = None
    reason: str | None = None
    search: str | None = None
    sort: str = "drift"
    after: tuple[str, int] | None = None
    """The order's value, as Postgres writes it, and the id of the last row of the page before."""
    limit: int = PAGE

    @property
    def order(self) -> Order:
        """Return how it is sorted."""
        return ORDERS[self.sort]

    def chosen(self) -> dict[str, str]:
        """Return the filters in use, as a query string names them."""
        filters = {name: getattr(self, name) for name in FILTERS if getattr(self, name)}
        return filters if self.sort == "drift" else {**filters, "sort": self.sort}


def wanted(scope: Sequence[str] | None, asked: Mapping[str, str | None], limit: int = PAGE) -> Wanted:
    """Return what is asked for; raise Refused naming the parameter, the value and the rule."""
    words = {name: (asked.get(name) or "").strip() or None for name in FILTERS}
    sort = asked.get("sort") or "drift"
    _check("sort", sort, ORDERS)
    if words["band"]:
        _check("band", words["band"], [*Band])
    for name, word in words.items():
        if word and (len(word) > SEARCH_MAX or "\x00" in word):
            raise Refused(f"{name}: must be {SEARCH_MAX} characters at most, without null characters")
    if not 1 <= limit <= PAGE_MAX:
        raise Refused(f"limit: {limit} — must be 1 to {PAGE_MAX}")
    cursor = asked.get("cursor")
    after = read_cursor(cursor, sort) if cursor else None
    limited = tuple(scope) if scope is not None else None
    return Wanted(limited, sort=sort, after=after, limit=limit, **words)


def _check(name: str, value: str, known: Sequence[str] | Mapping[str, object]) -> None:
    if value not in known:
        raise Refused(f"{name}: {value!r} — must be one of {', '.join(known)}")


def cursor(sort: str, value: str, id_: int) -> str:
    """Return where the next page begins, as text that fits an address."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, id_])).decode().rstrip("=")


def read_cursor(text: str, sort: str) -> tuple[str, int]:
    """Return the value and id of a cursor; raise Refused when it is none of ours, or of another order."""
    try:
        of, value, id_ = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        is_ours = of == sort and isinstance(value, str) and _is_id(id_) and _is_of(ORDERS[sort].kind, value)
    except (ValueError, TypeError, binascii.Error):
        is_ours = False
    if not is_ours:
        raise Refused("cursor: must be the `next` of a page in the same order")
    return value, id_


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_of(kind: Kind, value: str) -> bool:
    """Tell whether Postgres will take the text for a value of the kind."""
    if kind == "text":
        return "\x00" not in value
    if value in {"infinity", "-infinity", "Infinity"}:
        return True
    if kind == "number":
        return float(value) == float(value)
    return datetime.fromisoformat(value).tzinfo is not None


def narrowed(text: str | None) -> str | None:
    """Return the pattern that finds the text anywhere, its own wildcards taken literally."""
    if text is None:
        return None
    escaped = text.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def facts(wanted: Wanted) -> list[Any]:
    """Return the arguments of the statement `list`, in its order."""
    value, id_ = wanted.after or (None, None)
    return [
        list(wanted.scope) if wanted.scope is not None else None,
        wanted.initiative,
        wanted.band,
        wanted.owner,
        wanted.function,
        wanted.level,
        wanted.reason,
        narrowed(wanted.search),
        value,
        id_,
        wanted.limit + 1,
    ]
