"""`attune plan`: where the next hours do the most good."""

import ctypes
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from shared.errors import Refused
from shared.planning.ask import HOURS_MAX, HOURS_MIN, TOUCHES_MAX, WITHIN_DAYS_MAX, Ask
from shared.planning.document import document, one_more_hour, summary
from shared.planning.ics import by_owner, calendar
from shared.planning.plan import Line, Plan
from shared.planning.propose import propose
from shared.plumbing import clock, plans, terminal
from shared.plumbing.models import live_model
from shared.plumbing.owners_hours import read_hours
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings

COLUMNS = ("line", "at", "latest_day", "kind", "minutes", "people", "days", "worth", "why")
LEFT_OUT = ("name", "reason", "kind", "minutes", "days", "worth", "at")
KEPT = (
    "plan",
    "line",
    "stakeholder",
    "name",
    "kind",
    "minutes",
    "at",
    "latest_day",
    "status",
    "score_then",
    "score_now",
)
WITHIN_MAX = timedelta(days=WITHIN_DAYS_MAX)
STDOUT, STDERR = 1, 2
PLAN_MAX = LINE_MAX = 2**31 - 1
"""What Postgres counts plans and lines in."""
UNITS = {"d": 1, "w": 7}


class Window(click.ParamType[timedelta]):
    """How far the plan reaches: 10d, 2w."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,3})([dw])", str(value).strip().lower())
        span = timedelta(days=int(found[1]) * UNITS[found[2]]) if found else timedelta(0)
        if not timedelta(0) < span <= WITHIN_MAX:
            self.fail(f"{value!r} is no span such as 10d or 2w (1 to {WITHIN_MAX.days} days)", param, ctx)
        return span


@click.group(invoke_without_command=True)
@click.option("--owner", metavar="WHO", help="Whose hours: an owner, as the roster names them.")
@click.option("--initiative", help="Only this one; without --owner the hours of all its owners together.")
@click.option("--hours", type=terminal.Within(HOURS_MIN, HOURS_MAX), help="How many hours there are, such as 6 or 1.5.")
@click.option("--within", type=Window(), default="14d", show_default=True, help="How far to plan: 10d, 2w.")
@click.option(
    "--touches",
    type=click.IntRange(1, TOUCHES_MAX),
    default=TOUCHES_MAX,
    show_default=True,
    help="At most so many per person.",
)
@click.option(
    "--ics",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the touches as a calendar file, one per owner.",
)
@click.option("--save", is_flag=True, help="Keep the plan in attune.plan, to accept lines and see what came of it.")
@terminal.json_option
@click.pass_context
def plan(
    ctx: click.Context,
    owner: str | None,
    initiative: str | None,
    hours: float | None,
    within: timedelta,
    touches: int,
    ics: Path | None,
    save: bool,
    as_json: bool,
) -> None:
    """Show whom to meet in the hours there are, how, when, and what each touch buys.

    Calls, meetings and meetings with several compete for the time. Only free working hours are used (hours and
    holidays: the file that ATTUNE_ALERTS_FILE names, else weekdays from nine to five UTC), and nobody who is booked
    already is proposed.

    DAYS are relationship-days kept above the line until a horizon after the window, each counted one. WORTH is what
    is chosen by, and what one more hour is told in: these days and progress towards the line, functions and levels
    kept covered and silence avoided, multiplied by importance, and the less the further ahead they lie. Both columns
    add up to what is said under the table.

    attune plan --owner me@us.example --hours 6 --within 14d --ics plan.ics
    """
    if ctx.invoked_subcommand is not None:
        check_is_bare(ctx)
        return
    if hours is None:
        raise click.UsageError("--hours says how many hours there are: give it, such as --hours 6")
    if math.isnan(hours):
        raise click.BadParameter("must be a number of hours such as 6 or 1.5", param_hint="--hours")
    if owner is None and initiative is None:
        raise click.UsageError("whose hours? give --owner WHO, or --initiative for those of all its owners")
    ask = Ask(hours, within, owner, initiative, touches)
    found, number = terminal.run(planned(settings(), ask, save))
    show(found, number, as_json)
    if ics:
        files = written(ics, found.lines)
        if len(files) > 1:
            click.echo(f"a calendar file per owner: {', '.join(map(str, files))}", err=True)


def check_is_bare(ctx: click.Context) -> None:
    """Raise UsageError where an option of making a plan stands before a command that would ignore it."""
    for its in ctx.command.params:
        if ctx.get_parameter_source(its.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{its.opts[0]} is for making a plan, not for {ctx.invoked_subcommand}")


@plan.command
@click.argument("number", type=click.IntRange(1, PLAN_MAX))
@click.argument("lines", type=click.IntRange(1, LINE_MAX), nargs=-1)
@terminal.json_option
def accept(number: int, lines: tuple[int, ...], as_json: bool) -> None:
    """Accept LINES of a plan that was saved, or all of them: they are as good as booked from now on.

    Refused is what lies in the past, what overlaps with what the owner or the person has at that time already, and
    who has been booked otherwise since the plan was made, as by another plan: withdraw that, or plan anew.
    """
    told = terminal.run(accepted(settings(), number, lines))
    sentence = f"plan {number}: accepted line {', '.join(map(str, told))}"
    terminal.answer(sentence, {"plan": number, "accepted": told}, as_json)


@plan.command
@click.argument("number", type=click.IntRange(1, PLAN_MAX))
@click.argument("lines", type=click.IntRange(1, LINE_MAX), nargs=-1)
@terminal.json_option
def withdraw(number: int, lines: tuple[int, ...], as_json: bool) -> None:
    """Take back the acceptance of LINES, or of all that are accepted and lie ahead: they are free again.

    What is in a calendar stays there: take it out yourself.
    """
    told = terminal.run(withdrawn(settings(), number, lines))
    sentence = f"plan {number}: withdrawn line {', '.join(map(str, told))}"
    terminal.answer(sentence, {"plan": number, "withdrawn": told}, as_json)


@plan.command("list")
@click.argument("number", type=click.IntRange(1, PLAN_MAX), required=False)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="The latest so many plans."
)
@click.option("--before", type=click.IntRange(1, PLAN_MAX), metavar="PLAN", help="Older ones than this.")
@terminal.json_option
def list_(number: int | None, limit: int, before: int | None, as_json: bool) -> None:
    """List what was proposed and what became of it: proposed, accepted, withdrawn, done or missed."""
    if number is not None and before is not None:
        raise click.UsageError("--before is for a list of plans, not for one")
    rows = terminal.run(listed(settings(), number, limit, before))
    terminal.show(rows, KEPT, as_json)
    if not as_json and number is None and len({row["plan"] for row in rows}) == limit:
        click.echo(f"older ones: attune plan list --before {rows[-1]['plan']}", err=True)


def written(path: Path, lines: Sequence[Line]) -> list[Path]:
    """Write the calendar file, or one for each of several owners, and return which; raise Refused naming it.

    The plan has been shown by then, with its number.
    """
    owners, now = by_owner(lines), clock.now()
    several = {path.with_name(f"{path.stem}.{filed(owner)}{path.suffix}"): its for owner, its in owners.items()}
    files = several if len(owners) > 1 else {path: lines}
    for each, its in files.items():
        try:
            each.write_bytes(calendar(its, now))
        except OSError as error:
            raise Refused(f"--ics {each}: cannot be written: {error.strerror}") from error
    return list(files)


def filed(owner: str) -> str:
    """Return the owner as part of a file's name."""
    return re.sub(r"[^\w.@+-]+", "-", owner).strip(".-") or "nobody"


async def planned(chosen: Settings, ask: Ask, save: bool) -> tuple[Plan, int | None]:
    """Plan as of now, and keep it if wanted."""
    now, hours = clock.now(), read_hours(chosen.alerts_file)
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        live = await live_model(connection)
        if live is None:
            raise Refused("no model is in force yet: start `attune run` once")
        key = chosen.handle_key.get_secret_value().encode()
        known = await plans.known(connection, ask, now, key)
        with stdout_to_stderr():
            found = propose(known.rows, ask, now, live[1], hours.of, known.busy)
        return found, await plans.keep(connection, found, now) if save else None


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send to stderr what is written to stdout below Python: HiGHS prints a line of its own there at times."""
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept, STDOUT)
        os.close(kept)


async def accepted(chosen: Settings, number: int, lines: tuple[int, ...]) -> list[int]:
    """Accept lines and return which."""
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        key = chosen.handle_key.get_secret_value().encode()
        return await plans.accept(connection, number, lines, clock.now(), key)


async def withdrawn(chosen: Settings, number: int, lines: tuple[int, ...]) -> list[int]:
    """Take back the acceptance of lines and return which."""
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        return await plans.withdraw(connection, number, lines, clock.now())


async def listed(chosen: Settings, number: int | None, limit: int, before: int | None) -> list[dict[str, Any]]:
    """Fetch what was saved."""
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        return await plans.kept(connection, number, None if number else limit, None if number else before)


def show(found: Plan, number: int | None, as_json: bool) -> None:
    """Print the plan for a person or a program."""
    told = document(found, number)
    if as_json:
        terminal.show_json(told)
        return
    columns = COLUMNS if len({line.owner for line in found.lines}) <= 1 else (*COLUMNS[:2], "owner", *COLUMNS[2:])
    terminal.show(told["lines"], columns)
    click.echo(f"\n{summary(found, number)}")
    if found.left_out:
        click.echo("\nleft out:")
        terminal.show(found.left_out, LEFT_OUT)
        if found.left_out_more:
            click.echo(f"and {found.left_out_more:,} more")
    click.echo(f"\n{one_more_hour(found)}")
