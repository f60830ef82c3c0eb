"""How every command speaks to the terminal: tables for people, one JSON document for programs."""

import math
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
import orjson
import uvloop
from rich.console import Console, JustifyMethod
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 240
SENTENCES = frozenset({"summary", "reason", "rule", "is"})

Command = TypeVar("Command", bound=Callable[..., Any])
Result = TypeVar("Result")


class Within(click.FloatRange):
    """A number between two bounds; "nan" is between none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or say what is wrong with it."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def json_option(command: Command) -> Command:
    """Add `--json`, which arrives as `as_json`, to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool = False) -> None:
    """Print `rows` as a table of `columns`, or all their fields as one JSON array."""
    if as_json:
        show_json([dict(row) for row in rows])
    else:
        console().print(table(rows, columns))


def console() -> Console:
    """Return where tables go: as wide as the terminal, or as wide as they like in a pipe or a file."""
    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def answer(sentence: str, facts: Mapping[str, Any], as_json: bool) -> None:
    """Say what was done, to a person or to a program."""
    if as_json:
        show_json(facts)
    else:
        click.echo(sentence)


def show_json(document: object) -> None:
    """Print one JSON document; what JSON does not know is printed as its text."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    click.echo(orjson.dumps(document, default=plain, option=options))


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """Lay `rows` out under `columns`, numbers to the right."""
    laid_out = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        is_number = any(isinstance(row.get(column), int | float) for row in rows)
        justify: JustifyMethod = "right" if is_number else "left"
        # Folded, never cut: an address that lost its end is of no use.
        laid_out.add_column(column.replace("_", " "), justify=justify, overflow="fold")
    for row in rows:
        laid_out.add_row(*(cell(row.get(column)) for column in columns))
    return laid_out


def cell(value: object) -> Text:
    """Write one value for a person; what a source sent is text, never markup."""
    match value:
        case None:
            return Text("-", style="dim")
        case float():
            return Text(f"{value:.1f}")
        case datetime():
            return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}")
        case list() | tuple():
            return Text(", ".join(str(item) for item in value))
        case _:
            return Text(str(value))


def plain(value: object) -> object:
    """Turn what JSON does not know into what it knows."""
    return list(value) if isinstance(value, set | frozenset) else str(value)


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """Show the rate so far, or over the whole once finished."""
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f}/s", style="cyan")


def progress(description: str, total: float | None = None) -> Progress:
    """Return a progress bar with its rate, on stderr so that `--json` stays clean, and one task in it.

    Nothing to do shows nothing.
    Use as `with progress("Publishing", total) as bar: bar.advance(bar.task_ids[0], count)`.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=total == 0,
    )
    bar.add_task(description, total=total)
    return bar


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's coroutine to its end."""
    return uvloop.run(coroutine)
