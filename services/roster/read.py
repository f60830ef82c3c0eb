"""A roster as people write it: one CSV row is one person within one initiative. Pure."""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from shared.alignment.model import default_model
from shared.errors import Refused
from shared.events.address import Spelling, normal_address
from shared.events.refusal import Refusal, shown
from shared.roster import Entry
from shared.vocabulary import Band

REQUIRED = ("initiative", "addresses")
NUMBERS = ("importance", "cadence_days")
COLUMNS = (
    "initiative",
    "name",
    "addresses",
    "function",
    "level",
    "role",
    "organisation",
    "owner",
    "importance",
    "cadence_days",
    "desired_band",
    "stakeholder",
    "overrides",
)
DESIRED = (Band.ALIGNED, Band.COOLING, Band.MISALIGNED)
TEXT_MAX = 200
NUMBER_MAX = 36_500
NONE = "none"
NO_NAME = re.compile(r"[\x00-\x1f\x7f]")

Row = dict[str, str]
PLAIN = Spelling()
model = cache(default_model)


def read(lines: Iterable[str], spelling: Spelling = PLAIN) -> list[Entry]:
    """Return every entry; raise Refused with all that is wrong, line by line: one repair is enough."""
    entries, problems = list[tuple[int, Entry]](), list[str]()
    for number, row in rows_of(lines):
        wrong = [row] if isinstance(row, Refusal) else list(check(row, spelling))
        problems += [f"line {number}: {refusal}" for refusal in wrong]
        if not wrong and isinstance(row, dict):
            entries.append((number, entry_of(row, spelling)))
    problems += [*doubles(entries), *shared_addresses(entries)]
    if problems:
        raise Refused("the roster is not imported:\n  " + "\n  ".join(problems))
    return [entry for _, entry in entries]


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, Row | Refusal]]:
    """Yield the rows under their line numbers, blank ones left out."""
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        check_header(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, row_of(header, cells)
    except csv.Error as error:
        raise Refused(f"line {reader.line_num}: not CSV ({error})") from error


def check_header(header: list[str]) -> None:
    """Refuse columns nobody reads: a misspelt one would be lost without a word."""
    problems = [f"{name!r} is not a column" for name in header if name not in COLUMNS]
    problems += [f"{name} is missing" for name in REQUIRED if name not in header]
    problems += [f"{name} stands twice" for name in sorted(set(header)) if header.count(name) > 1]
    if problems:
        raise Refused(f"line 1: {'; '.join(problems)} — the columns are {', '.join(COLUMNS)}")


def row_of(header: list[str], cells: list[str]) -> Row | Refusal:
    """Name the cells."""
    if len(cells) != len(header):
        rule = f"must have {len(header)}, as the header has: quote a cell that holds a comma"
        return Refusal("row", f"{len(cells)} cells", rule)
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def check(row: Row, spelling: Spelling) -> Iterator[Refusal]:
    """Yield every rule that the row breaks."""
    for name, text in row.items():
        if name in REQUIRED and not text:
            yield Refusal(name, "missing", "is required")
        if NO_NAME.search(text) or (name != "addresses" and len(text) > TEXT_MAX):
            yield Refusal(name, shown(text), f"must be {TEXT_MAX} printable characters at most")
    for name in NUMBERS:
        if (text := row.get(name, "")) and not is_positive(text):
            yield Refusal(name, shown(text), f"must be a number above 0, and {NUMBER_MAX} at most")
    if (band := row.get("desired_band", "").lower()) and band not in DESIRED:
        yield Refusal("desired_band", shown(band), f"must be one of {', '.join(DESIRED)}")
    yield from check_overrides(row.get("overrides", ""))
    yield from check_addresses(row["addresses"], spelling)


def check_overrides(text: str) -> Iterator[Refusal]:
    """Yield what is no line of a model, or breaks the line's rule."""
    try:
        if overrides := overrides_of(text):
            model().lines_for(None, overrides)
    except ValueError as error:
        yield Refusal("overrides", shown(text), str(error))


def overrides_of(text: str) -> dict[str, float] | None:
    """Return lines by name from `fading=55;warning_days=3`; none of them from `none`, None where nothing is said."""
    if text.lower() == NONE:
        return {}
    pairs = [part.partition("=") for part in re.split(r"[;\s]+", text) if part]
    if wrong := [name for name, sign, number in pairs if not (sign and is_finite(number))]:
        raise ValueError(f"{wrong[0]!r} must be name=number, such as fading=55, or {NONE!r} to end all")
    return {name: float(number) for name, _, number in pairs} or None


def written(overrides: Mapping[str, float]) -> str:
    """Return the same as text."""
    return ";".join(f"{name}={number:g}" for name, number in overrides.items())


def check_addresses(text: str, spelling: Spelling) -> Iterator[Refusal]:
    """Yield every address that is none, or no single person's."""
    for address in split(text):
        try:
            normal = normal_address(address)
        except ValueError as error:
            yield Refusal("addresses", shown(address), str(error))
            continue
        if spelling.is_role(spelling.canonical(normal)):
            rule = "is a role's and never a person's: name the person's own (or list it in ATTUNE_PERSON_ADDRESSES)"
            yield Refusal("addresses", shown(address), rule)


def is_positive(text: str) -> bool:
    """Tell whether the text is a number that can be meant."""
    return is_finite(text) and 0 < float(text) <= NUMBER_MAX


def is_finite(text: str) -> bool:
    """Tell whether the text is a number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def entry_of(row: Row, spelling: Spelling) -> Entry:
    """Return what a row that keeps all rules says; an empty cell says nothing."""
    said = {name: text for name, text in row.items() if text}
    facts: dict[str, Any] = dict(said)
    facts |= {name: float(said[name]) for name in NUMBERS if name in said}
    normal = map(normal_address, split(said["addresses"]))
    facts["addresses"] = tuple(dict.fromkeys(map(spelling.canonical, normal)))
    if "desired_band" in said:
        facts["desired_band"] = said["desired_band"].lower()
    facts["overrides"] = overrides_of(said.get("overrides", ""))
    return Entry(**facts)


def split(addresses: str) -> list[str]:
    """Return the single addresses."""
    return [address for address in re.split(r"[;\s]+", addresses) if address]


def doubles(entries: list[tuple[int, Entry]]) -> Iterator[str]:
    """Yield each line that speaks of a relationship another line spoke of."""
    seen: dict[tuple[str, str], int] = {}
    for number, entry in entries:
        relationship = (entry.initiative, entry.stakeholder or entry.addresses[0])
        first = seen.setdefault(relationship, number)
        if first != number:
            yield (
                f"line {number}: {shown(relationship[1])} is on the roster of {entry.initiative} "
                f"by line {first} already — join the two lines"
            )


def shared_addresses(entries: list[tuple[int, Entry]]) -> Iterator[str]:
    """Yield each line that claims an address for somebody else than an earlier line did."""
    owners: dict[str, tuple[int, str]] = {}
    for number, entry in entries:
        stakeholder = entry.stakeholder or entry.addresses[0]
        for address in entry.addresses:
            line, owner = owners.setdefault(address, (number, stakeholder))
            if owner != stakeholder:
                yield (
                    f"line {number}: addresses: {shown(address)} — is {owner}'s by line {line}; "
                    f"one address is one person (name them alike in the column `stakeholder`)"
                )
