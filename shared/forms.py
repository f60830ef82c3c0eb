"""A form is a touchpoint's kind, direction and quality in one small number.

The log stores the number and the model weighs it, so that a row stays narrow and a weight
is one lookup. The number is `kind * 100 + direction * 10 + quality`; the SQL table
`projector.forms` holds the same list, and a test keeps the two equal. Numbers are written
into every log, so they are appended to and never changed. A kind that has a file of its own
says its number there.
"""

from itertools import product
from typing import NamedTuple

from shared.own import kind as own
from shared.vocabulary import CommitmentState, Direction, Facet, Kind, Response, Side

KINDS = (
    Kind.MEETING,
    Kind.EMAIL,
    Kind.CALL,
    Kind.MESSAGE,
    Kind.DISCLOSURE,
    Kind.COMMITMENT,
    Kind.SETBACK,
    Kind.PULSE,
)
PLACES = dict(enumerate(KINDS, 1)) | {its.place: Kind(word) for word, its in own.kinds().items()}
DIRECTIONS = (Direction.OUTBOUND, Direction.INBOUND, Direction.MUTUAL)
QUALITIES: dict[Kind, tuple[str, ...]] = {
    Kind.MEETING: ("", Response.TENTATIVE),
    Kind.DISCLOSURE: tuple(Facet),
    # Who promised decides whose word it was: "kept/us", "broken/them".
    Kind.COMMITMENT: tuple(f"{state}/{side}" for side in Side for state in CommitmentState),
    Kind.PULSE: ("positive", "negative"),
} | {Kind(word): its.qualities for word, its in own.kinds().items()}


class Form(NamedTuple):
    """One row of the list."""

    number: int
    kind: Kind
    direction: Direction
    quality: str


def _forms() -> list[Form]:
    return [
        Form(100 * k + 10 * d + q, kind, direction, quality)
        for (k, kind), (d, direction) in product(sorted(PLACES.items()), enumerate(DIRECTIONS, 1))
        for q, quality in enumerate(QUALITIES.get(kind, ("",)))
    ]


FORMS = _forms()
NUMBERS: dict[tuple[str, str, str], int] = {(form.kind, form.direction, form.quality): form.number for form in FORMS}
