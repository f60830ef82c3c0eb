"""What a file of one's own says of a reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from shared.alignment.model import Model
from shared.judging.relationship import Relationship
from shared.own import find
from shared.vocabulary import Reason


def _never(relationship: Relationship, model: Model, now: datetime) -> Iterable[datetime]:
    del relationship, model, now
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReason:
    """Why a relationship drifts: `REASON` in `attune_own/reasons/WORD.py`. All of it is pure."""

    holds: Callable[[Relationship, Model, datetime], Iterable[tuple[datetime, Mapping[str, Any]]]]
    """Yields since when it holds, with the figures it rests on; a moment that lies ahead is warned of."""
    said: Callable[[Mapping[str, Any], str], str]
    """Goes on after a person's name in an alert, from the figures and the day since when it holds."""
    title: str
    """The reason in the console's lists."""
    explained: str
    """The same as a sentence, without a stop."""
    ends: Callable[[Relationship, Model, datetime], Iterable[datetime]] = _never
    """Yields the moments at which silence alone may end it, so that it is looked at again then."""


@cache
def reasons() -> dict[Reason, OwnReason]:
    """Return every reason that has a file; raise Refused naming the file that declares none."""
    return {Reason(word): its for word, its in find.declared("reasons", "REASON", OwnReason).items()}
