"""The eight kinds of touchpoint, field by field (DESIGN.md section 3), and those that have a file of their own."""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from shared.errors import Refused
from shared.events.facts import Facts, Share, ShortText, Strict
from shared.own import find
from shared.own import kind as own
from shared.vocabulary import CommitmentState, Direction, Facet, Kind, Side

YEAR_MIN, YEAR_END = 1970, 2200


class _Conversation(Facts):
    direction: Direction = Direction.MUTUAL
    # Calendars and phones do not always tell; the model then assumes a usual length.
    duration_minutes: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] | None = None


class Meeting(_Conversation):
    """People met, or will: `planned` is true while it lies ahead."""

    kind: Literal[Kind.MEETING]
    planned: bool = False


class Call(_Conversation):
    """People spoke."""

    kind: Literal[Kind.CALL]


class Email(Facts):
    """A mail was sent."""

    kind: Literal[Kind.EMAIL]


class Message(Facts):
    """A chat or text message was sent."""

    kind: Literal[Kind.MESSAGE]


class Disclosure(Facts):
    """Somebody opened up; `depth` 0 to 1 says how far."""

    kind: Literal[Kind.DISCLOSURE]
    depth: Share
    facet: Facet = Facet.DISCLOSURE


def _in_our_days(moment: datetime) -> datetime:
    if not YEAR_MIN <= moment.year < YEAR_END:
        raise ValueError(f"must lie between {YEAR_MIN} and {YEAR_END}: leave it out where there is no end")
    return moment


class Promise(Strict):
    """An expectation that was agreed: `ref` names it across its life."""

    ref: ShortText
    state: CommitmentState
    by: Side
    due_at: Annotated[AwareDatetime, AfterValidator(_in_our_days)] | None = None


class Commitment(Facts):
    """An expectation was agreed, changed, kept or broken."""

    kind: Literal[Kind.COMMITMENT]
    commitment: Promise


class Setback(Facts):
    """Something went wrong between us; `severity` 0 to 1."""

    kind: Literal[Kind.SETBACK]
    severity: Share


class Pulse(Facts):
    """Their own word on how aligned they are, from -1 to 1."""

    kind: Literal[Kind.PULSE]
    rating: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


Shipped = Meeting | Email | Call | Message | Disclosure | Commitment | Setback | Pulse


def own_data() -> Iterator[type[Facts]]:
    """Yield the kinds that have a file of their own."""
    for word, kind in own.kinds().items():
        if not issubclass(kind.data, Facts):
            raise Refused(
                f"{find.file('kinds', word)}: data: {kind.data.__name__} — must derive from {Facts.__module__}.Facts"
            )
        yield kind.data


if TYPE_CHECKING:
    Touchpoint = Shipped
else:
    # What lies on the path no type checker knows.
    Touchpoint = Annotated[reduce(or_, own_data(), Shipped), Field(discriminator="kind")]
