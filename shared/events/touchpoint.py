"""The eight kinds of touchpoint, field by field (DESIGN.md section 3)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from shared.events.address import normal_address
from shared.vocabulary import CommitmentState, Direction, Facet, Kind, Response, Side

WITHOUT_NUL = r"\A[^\x00]*\z"
"""Postgres keeps no NUL in a text. A pattern, because it is checked without calling Python."""

Address = Annotated[str, Field(max_length=320), AfterValidator(normal_address)]
ShortText = Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
Opaque = Annotated[str, Field(min_length=1, max_length=512, pattern=WITHOUT_NUL)]
Note = Annotated[str, Field(max_length=10_000, pattern=WITHOUT_NUL)]
YEAR_MIN, YEAR_END = 1970, 2200
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Person(_Strict):
    """One person it was with; the address is normalised and never stored in the log."""

    address: Address
    response: Response = Response.NONE


class _Touchpoint(_Strict):
    people: Annotated[list[Person], Field(min_length=1, max_length=500)]
    direction: Direction
    initiative: ShortText | None = None
    breadth: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    by: Address | None = None
    thread: Opaque | None = None
    note: Note | None = None


class _Conversation(_Touchpoint):
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


class Email(_Touchpoint):
    """A mail was sent."""

    kind: Literal[Kind.EMAIL]


class Message(_Touchpoint):
    """A chat or text message was sent."""

    kind: Literal[Kind.MESSAGE]


class Disclosure(_Touchpoint):
    """Somebody opened up; `depth` 0 to 1 says how far."""

    kind: Literal[Kind.DISCLOSURE]
    depth: Share
    facet: Facet = Facet.DISCLOSURE


def _in_our_days(moment: datetime) -> datetime:
    if not YEAR_MIN <= moment.year < YEAR_END:
        raise ValueError(f"must lie between {YEAR_MIN} and {YEAR_END}: leave it out where there is no end")
    return moment


class Promise(_Strict):
    """An expectation that was agreed: `ref` names it across its life."""

    ref: ShortText
    state: CommitmentState
    by: Side
    due_at: Annotated[AwareDatetime, AfterValidator(_in_our_days)] | None = None


class Commitment(_Touchpoint):
    """An expectation was agreed, changed, kept or broken."""

    kind: Literal[Kind.COMMITMENT]
    commitment: Promise


class Setback(_Touchpoint):
    """Something went wrong between us; `severity` 0 to 1."""

    kind: Literal[Kind.SETBACK]
    severity: Share


class Pulse(_Touchpoint):
    """Their own word on how aligned they are, from -1 to 1."""

    kind: Literal[Kind.PULSE]
    rating: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


Touchpoint = Annotated[
    Meeting | Email | Call | Message | Disclosure | Commitment | Setback | Pulse,
    Field(discriminator="kind"),
]
