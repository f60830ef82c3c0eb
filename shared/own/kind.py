"""What a file of one's own says of a kind of touchpoint."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from shared.errors import Refused
from shared.own import find

PLACES = range(100, 300)
"""attune's own kinds stand before; after these a form's number would be too large for the log."""
QUALITIES_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKind:
    """A kind of touchpoint: `KIND` in `attune_own/kinds/WORD.py`."""

    place: int
    """100 to 299: it numbers the kind in every log, so it is chosen once and never given to another."""
    data: type[BaseModel]
    """The fields: a class that derives from shared.events.facts.Facts and has `kind: Literal[WORD]`."""
    weights: Sequence[Mapping[str, Any]]
    """What it brings, as a model's `[[weights]]` without `kind`; counts in models that say nothing of the kind."""
    intensity: str | None = None
    """The field (a Share) that says how much there was of it; without one each counts whole."""
    qualities: tuple[str, ...] = ("",)
    """What weights may tell apart beside the direction."""
    quality_of: Callable[[Any, Any], str] | None = None
    """Says of the data and one of its people which quality it is; the first where there is none."""


@cache
def kinds() -> dict[str, OwnKind]:
    """Return every kind that has a file; raise Refused naming the file, the field, the value and the rule."""
    found = find.declared("kinds", "KIND", OwnKind)
    for word, kind in found.items():
        for problem in problems(word, kind):
            raise Refused(f"{find.file('kinds', word)}: {problem}")
    by_place: dict[int, str] = {}
    for word, kind in found.items():
        if (other := by_place.setdefault(kind.place, word)) != word:
            raise Refused(f"{find.file('kinds', word)}: place: {kind.place} — is that of {other!r} already")
    return found


def problems(word: str, kind: OwnKind) -> Iterator[str]:
    """Yield what is wrong with it."""
    if kind.place not in PLACES:
        yield f"place: {kind.place!r} — must be {PLACES[0]} to {PLACES[-1]}"
    if not 1 <= len(set(kind.qualities)) == len(kind.qualities) <= QUALITIES_MAX:
        yield f"qualities: {kind.qualities!r} — must be 1 to {QUALITIES_MAX}, none of them twice"
    if (kind.quality_of is None) != (len(kind.qualities) == 1):
        yield "quality_of: must be there where there are several qualities, and only there"
    fields = kind.data.model_fields
    if "kind" not in fields or get_args(fields["kind"].annotation) != (word,):
        yield f"data: {kind.data.__name__} — must have a field kind: Literal[{word!r}]"
    if kind.intensity is not None and (kind.intensity not in fields or not _is_share(fields[kind.intensity])):
        yield f"intensity: {kind.intensity!r} — must be a field of data that is a Share"


def _is_share(field: Any) -> bool:
    return field.annotation is float and any(getattr(rule, "le", 2) <= 1 for rule in field.metadata)
