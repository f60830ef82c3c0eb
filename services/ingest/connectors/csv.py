"""CSV of interactions: one row `ego,stakeholder,occurred_at,direction,kind` is one touchpoint.

`ego` is our person, or the initiative itself. Ids that are no addresses become `id:<value>`.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from services.ingest.connectors import plain
from services.ingest.connectors.items import Envelope, Item, Rejected
from shared.errors import Refused
from shared.events.address import normal_address
from shared.events.refusal import Refusal, shown
from shared.vocabulary import TYPE_TOUCHPOINT, Direction, Kind

COLUMNS = ["ego", "stakeholder", "occurred_at", "direction", "kind"]
EVENT_SOURCE = "csv"
ADDRESS_MAX = 320
LINE_MAX = 1024 * 1024
DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND, "none": Direction.MUTUAL}
SHORT = {direction.value: word for word, direction in DIRECTIONS.items()}
"""What the words of events are here: a row in either is the same row."""
KINDS: dict[str, tuple[Kind, int | None]] = {
    "meeting": (Kind.MEETING, None),
    "email": (Kind.EMAIL, None),
    "email_group": (Kind.EMAIL, 4),  # 2 to 9 recipients: the geometric middle
    "email_broadcast": (Kind.EMAIL, 10),  # kept in the log; so broad a mail makes no touch day
    "message": (Kind.MESSAGE, None),
    "call": (Kind.CALL, None),
    "sms": (Kind.MESSAGE, None),
    "commit": (Kind.MESSAGE, None),
    "purchase": (Kind.MESSAGE, None),
}
NEED_MORE = set(Kind) - KINDS.keys()
TOO_LITTLE = "needs more than a row of this CSV holds: send it with `attune publish`"

Meaning = TypeVar("Meaning")
InitiativeOf = Callable[[str], str | None]
"""Names the initiative of an ego's touchpoints, None when the roster shall decide."""


class Row(NamedTuple):
    """One row that keeps all rules."""

    cells: list[str]
    ego: str
    """The address of our person."""
    stakeholder: str
    """The address of the other one."""
    occurred_at: datetime
    direction: Direction
    kind: Kind
    breadth: int | None

    def id(self, initiative: str | None) -> str:
        """Return the row's own name: the same row is the same touchpoint, from whatever file it comes."""
        # Under another initiative it feeds other relationships, so there it is another touchpoint.
        text = "\0".join([*self.cells, initiative or ""])
        return blake2b(text.encode(), digest_size=16).hexdigest()


class Tie(NamedTuple):
    """One relationship that the file speaks of."""

    initiative: str | None
    stakeholder: str
    """The address."""


def always(initiative: str | None) -> InitiativeOf:
    """Let every row be of one initiative, or of none."""
    return lambda _: initiative


def from_ego(ego: str) -> str | None:
    """Let every ego be an initiative."""
    return ego


@dataclass
class Survey:
    """What one reading of the whole file tells, before anything is published."""

    rows: int
    ties: dict[Tie, Counter[str]]
    """How many rows each ego has with the tie."""
    names: dict[str, str]
    """The stakeholder's id as the file writes it, by address."""
    last: Row | None
    """The latest row."""


def survey(path: Path, initiative_of: InitiativeOf) -> Survey:
    """Read the file through; memory follows relationships and not rows."""
    found = Survey(0, {}, {}, None)
    for row in read(path):
        if isinstance(row, Rejected):
            continue
        found.rows += 1
        ego, stakeholder = row.cells[:2]
        egos = found.ties.setdefault(Tie(initiative_of(ego), row.stakeholder), Counter())
        egos[ego] += 1
        found.names.setdefault(row.stakeholder, stakeholder)
        if found.last is None or row.occurred_at > found.last.occurred_at:
            found.last = row
    return found


def items(path: Path, initiative_of: InitiativeOf, shift: timedelta) -> Iterator[Item]:
    """Yield one envelope or one rejection per row, in the order of the file."""
    for row in read(path):
        yield row if isinstance(row, Rejected) else envelope(row, initiative_of(row.cells[0]), shift)


def envelope(row: Row, initiative: str | None, shift: timedelta) -> Envelope:
    """Return the row as a CloudEvent, moved in time."""
    touchpoint: Envelope = {
        "kind": row.kind,
        "people": [{"address": row.stakeholder}],
        "direction": row.direction,
        "by": row.ego,
    }
    if initiative is not None:
        touchpoint["initiative"] = initiative
    if row.breadth is not None:
        touchpoint["breadth"] = row.breadth
    return {
        "specversion": "1.0",
        "type": TYPE_TOUCHPOINT,
        "source": EVENT_SOURCE,
        "id": row.id(initiative),
        "time": (row.occurred_at + shift).isoformat(),
        "data": touchpoint,
    }


def read(path: Path) -> Iterator[Row | Rejected]:
    """Yield every row; raise Refused when the file is no such CSV at all."""
    with plain.opened(path) as file:
        # A byte that is no UTF-8 must cost its own row only.
        text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
        # What has no line end must not fill memory: a line so long is no row, and cut it is refused as one.
        lines = csv.reader(iter(partial(text.readline, LINE_MAX), ""))
        check_header(path, lines)
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as error:
                yield rejected(lines.line_num, Refusal("row", "unreadable", str(error)), [])
                continue
            if cells:
                yield parsed(cells, lines.line_num)


def check_header(path: Path, lines: Iterator[list[str]]) -> None:
    """Refuse another table before its rows are refused one by one."""
    try:
        header = [name.strip().lower() for name in next(lines, [])]
    except csv.Error as error:
        raise Refused(f"{path}: is no CSV ({error})") from error
    if header != COLUMNS:
        raise Refused(f"{path}: the first line must be {','.join(COLUMNS)}, not {shown(','.join(header))}")


def parsed(cells: list[str], line: int) -> Row | Rejected:
    """Return the row, or why it breaks a rule."""
    try:
        return row_of(cells)
    except BrokenRule as broken:
        return rejected(line, broken.refusal, cells)


def row_of(cells: list[str]) -> Row:
    """Return the row; raise BrokenRule at the first broken rule."""
    if len(cells) != len(COLUMNS):
        raise BrokenRule("row", f"{len(cells)} cells", f"must have {len(COLUMNS)}, as the header has")
    if not is_text("".join(cells)):
        raise BrokenRule("row", ",".join(cells), "must be UTF-8")
    ego, stakeholder, occurred_at, said, kind = (cell.strip() for cell in cells)
    direction = SHORT.get(said, said)
    return Row(
        [ego, stakeholder, occurred_at, direction, kind],
        address_of("ego", ego),
        address_of("stakeholder", stakeholder),
        moment_of(occurred_at),
        one_of("direction", direction, DIRECTIONS, *SHORT),
        *kind_of(kind),
    )


def kind_of(kind: str) -> tuple[Kind, int | None]:
    """Return what attune calls it, and how many it addressed."""
    if kind in NEED_MORE:
        raise BrokenRule("kind", kind, TOO_LITTLE)
    return one_of("kind", kind, KINDS)


def is_text(cells: str) -> bool:
    """Tell whether every byte was UTF-8."""
    return cells.isascii() or not any("\ud800" <= character <= "\udfff" for character in cells)


def one_of(field: str, value: str, known: Mapping[str, Meaning], *also: str) -> Meaning:
    """Look the value up; `also` are the other words that would have done."""
    if value not in known:
        raise BrokenRule(field, value, f"must be one of {', '.join([*known, *also])}")
    return known[value]


def moment_of(text: str) -> datetime:
    """Read an ISO 8601 moment."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else _naive(text)
    except (ValueError, OverflowError):
        raise BrokenRule("occurred_at", text, "must be ISO 8601, such as 2026-03-01T09:30:00Z") from None


def _naive(text: str) -> datetime:
    raise BrokenRule("occurred_at", text, "must name its time zone, such as a final Z")


@lru_cache(maxsize=100_000)
def address_of(field: str, value: str) -> str:
    """Return the address for an id; one with an @ is a mail address already."""
    if not value:
        raise BrokenRule(field, value, "is required")
    try:
        address = normal_address(value if "@" in value else f"id:{escaped(value)}")
    except ValueError as error:
        raise BrokenRule(field, value, str(error)) from None
    if len(address) > ADDRESS_MAX:
        raise BrokenRule(field, value, f"must be {ADDRESS_MAX} characters at most")
    return address


def escaped(value: str) -> str:
    """Write what an address cannot hold as %XX, so that two ids never become one."""
    return re.sub(r"[\s%\x00-\x1f\x7f]", lambda found: quote(found[0], safe=""), value.lower())


def rejected(line: int, refusal: Refusal, cells: list[str]) -> Rejected:
    """Say where and why."""
    item = ",".join(cells).encode(errors="replace").decode()
    return Rejected(f"line {line}: {refusal}", f"{refusal.field} {refusal.rule}", item)


class BrokenRule(Exception):  # noqa: N818 -- it carries a refusal, it is not an error
    """A cell breaks a rule; never leaves this module."""

    def __init__(self, field: str, value: str, rule: str) -> None:
        super().__init__(field)
        self.refusal = Refusal(field, shown(value), rule)
