"""What every touchpoint may say, whatever its kind (DESIGN.md section 3)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.events.address import normal_address
from shared.vocabulary import Direction, Response

WITHOUT_NUL = r"\A[^\x00]*\z"
"""Postgres keeps no NUL in a text. A pattern, because it is checked without calling Python."""

Address = Annotated[str, Field(max_length=320), AfterValidator(normal_address)]
ShortText = Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
Opaque = Annotated[str, Field(min_length=1, max_length=512, pattern=WITHOUT_NUL)]
Note = Annotated[str, Field(max_length=10_000, pattern=WITHOUT_NUL)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Strict(BaseModel):
    """Takes nothing for something else, and no field that it does not know."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Person(Strict):
    """One person it was with; the address is normalised and never stored in the log."""

    address: Address
    response: Response = Response.NONE


class Facts(Strict):
    """What every kind may say; a kind of one's own derives from this too."""

    people: Annotated[list[Person], Field(min_length=1, max_length=500)]
    direction: Direction
    initiative: ShortText | None = None
    breadth: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    by: Address | None = None
    thread: Opaque | None = None
    note: Note | None = None
