"""`attune risk`: what the shipped model would have said, at past moments, from plain files."""

import csv
import gzip
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import click
import numpy as np
import orjson

from services.cli.events_csv import Integers, Touches, read_decisions, read_touches
from services.cli.replay import Scored, Spool, replay
from shared.errors import Refused
from shared.plumbing import terminal

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command
@click.option("--events", type=FILE, required=True, help="CSV: ego,stakeholder,occurred_at,direction,kind.")
@click.option("--dates", type=FILE, required=True, help="CSV with a column decided_at.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="CSV to write; .gz is gzipped.",
)
@click.option(
    "--horizon",
    type=terminal.Within(min=1, max=3650),
    default=30.0,
    show_default=True,
    metavar="DAYS",
    help="How long a silence has to last to count: about four times the usual rhythm.",
)
def risk(events: Path, dates: Path, out: Path, horizon: float) -> None:
    """Compute the risk of silence for a CSV of events, at each moment of a CSV of dates.

    Needs no server. For each decided_at of DATES and each (ego, stakeholder) with an event before it,
    OUT gets a row ego,stakeholder,decided_at,risk: the probability, 0 to 1, that no touch comes in the
    next HORIZON days, from events strictly before decided_at only. Whoever has been silent for more
    than four horizons is left out. `ego` stands for the initiative.

    Moments are ISO 8601 in UTC; a date alone is its midnight. `direction` is not used; events whose kind
    ends in "_broadcast" are no touches. Events may come in any order, and all files may be gzipped.

    \b
    Example:
      attune risk --events mail.csv.gz --dates mondays.csv --out risk.csv --horizon 30
    """  # noqa: D301 -- click's mark for text that is not to be wrapped
    spare(out, events, dates)
    decisions = read_decisions(dates)
    numbers: dict[bytes, int] = {}
    with tempfile.TemporaryFile() as file, written(out) as target:
        spool = Spool.fill(file, told(read_touches(events, numbers)))
        pairs, places = by_name(numbers)
        touches = (Touches(moments, places[met]) for moments, met in spool.in_order())
        write_rows(target, pairs, replay(touches, decisions, len(pairs), horizon))


def by_name(numbers: dict[bytes, int]) -> tuple[list[str], Integers]:
    """Return the relationships as the file will name them, sorted, and each number's place among them.

    Equal events in another order then give equal bytes.
    """
    keys = [key.decode().split("\0") for key in numbers]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = np.empty(len(keys), np.int64)
    places[order] = np.arange(len(keys))
    return [quoted(*keys[number]) for number in order], places


def told(chunks: Iterable[Touches]) -> Iterator[Touches]:
    """Pass the chunks on, and tell a terminal how far they have come."""
    count, watched = 0, sys.stderr.isatty()
    for chunk in chunks:
        yield chunk
        count += len(chunk.moments)
        if watched:
            click.echo(f"\r{count:,} touches read", nl=False, err=True)
    if watched:
        click.echo(err=True)


def write_rows(target: IO[str], pairs: list[str], results: Iterable[Scored]) -> None:
    """Write one row per risk, by decision and by name."""
    target.write("ego,stakeholder,decided_at,risk\n")
    for decision, relationships, risks in results:
        named = map(pairs.__getitem__, relationships.tolist())
        # orjson writes an array of numbers ten times as fast as formatting them one by one.
        written_risks = orjson.dumps(np.round(risks, 6), option=orjson.OPT_SERIALIZE_NUMPY)
        decided_at, values = quoted(decision.text), written_risks.decode()[1:-1].split(",")
        target.writelines([f"{pair},{decided_at},{value}\n" for pair, value in zip(named, values, strict=False)])


def quoted(*fields: str) -> str:
    """Write fields as CSV does, without the end of the line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue()[:-1]


def spare(out: Path, *inputs: Path | None) -> None:
    """Raise wrong usage where the file to write is one of those to read: it would be lost."""
    if any(path and out.exists() and path.samefile(out) for path in inputs):
        raise click.UsageError(f"{out} is to be read and would be overwritten: name another file to write")


@contextmanager
def written(path: Path) -> Iterator[IO[str]]:
    """Open `path` for writing; a file appears whole or not at all."""
    if path.exists() and not path.is_file():  # a pipe or a terminal: nothing to replace
        with path.open("w", encoding="utf-8", newline="") as text:
            yield text
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        raw = part.open("wb")
    except OSError as error:
        raise Refused(f"{path}: cannot be written: {error.strerror}") from error
    try:
        # Level 1: the names repeat so much that more effort would hardly make the file smaller.
        with raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) if path.suffix == ".gz" else raw as stream:
            text = io.TextIOWrapper(cast("IO[bytes]", stream), "utf-8", newline="")
            yield text
            text.flush()
            text.detach()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
