"""`attune plan`: where the next hours do the most good."""

import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from shared.errors import Refused
from shared.planning.document import document, summary
from shared.planning.ics import calendar
from shared.planning.propose import Ask, Plan, propose
from shared.plumbing import clock, plans, terminal
from shared.plumbing.models import live_model
from shared.plumbing.owners_hours import read_hours
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings

COLUMNS = ("line", "at", "latest_day", "kind", "minutes", "people", "days", "why")
LEFT_OUT = ("name", "reason", "kind", "minutes", "days", "at")
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
WITHIN_MAX = timedelta(days=92)
HOURS_MAX = 10_000.0
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
@click.option("--hours", type=terminal.Within(0.25, HOURS_MAX), help="How many hours there are, such as 6 or 1.5.")
@click.option("--within", type=Window(), default="14d", show_default=True, help="How far to plan: 10d, 2w.")
@click.option("--touches", type=click.IntRange(1, 2), default=2, show_default=True, help="At most so many per person.")
@click.option("--ics", type=click.Path(dir_okay=False, path_type=Path), help="Write the touches as a calendar file.")
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

    Chosen is what keeps most relationship-days above the line until a horizon after the window, weighted by
    importance, and functions and levels covered; calls, meetings and meetings with several compete for the time.
    Only free working hours are used (hours and holidays: the file that ATTUNE_ALERTS_FILE names, else weekdays from
    nine to five UTC), and nobody who is booked already is proposed. DAYS are relationship-days bought.

    attune plan --owner me@us.example --hours 6 --within 14d --ics plan.ics
    """
    if ctx.invoked_subcommand is not None:
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
        write(ics, calendar(found.lines, clock.now()))


@plan.command
@click.argument("number", type=click.IntRange(1))
@click.argument("lines", type=click.IntRange(1), nargs=-1)
def accept(number: int, lines: tuple[int, ...]) -> None:
    """Accept LINES of a plan that was saved, or all of them: they are as good as booked from now on."""
    told = terminal.run(accepted(settings(), number, lines))
    if missing := sorted({*lines} - {*told}):
        raise Refused(f"plan {number} has no line {', '.join(map(str, missing))}: `attune plan list` shows them")
    if not told:
        raise Refused(f"there is no plan {number}: `attune plan list` shows those that were saved")
    click.echo(f"plan {number}: accepted line {', '.join(map(str, told))}")


@plan.command("list")
@click.argument("number", type=click.IntRange(1), required=False)
@terminal.json_option
def list_(number: int | None, as_json: bool) -> None:
    """List what was proposed and what became of it: proposed, accepted, done or missed."""
    terminal.show(terminal.run(listed(settings(), number)), KEPT, as_json)


def write(path: Path, calendar_file: bytes) -> None:
    """Write the calendar file; raise Refused naming it. The plan has been shown by then, with its number."""
    try:
        path.write_bytes(calendar_file)
    except OSError as error:
        raise Refused(f"--ics {path}: cannot be written: {error.strerror}") from error


async def planned(chosen: Settings, ask: Ask, save: bool) -> tuple[Plan, int | None]:
    """Plan as of now, and keep it if wanted."""
    now, hours = clock.now(), read_hours(chosen.alerts_file)
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        live = await live_model(connection)
        if live is None:
            raise Refused("no model is in force yet: start `attune run` once")
        key = chosen.handle_key.get_secret_value().encode()
        known = await plans.known(connection, ask, now, key)
        found = propose(known.rows, ask, now, live[1], hours.of, known.busy)
        return found, await plans.keep(connection, found, now) if save else None


async def accepted(chosen: Settings, number: int, lines: tuple[int, ...]) -> list[int]:
    """Accept lines and return which."""
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        return await plans.accept(connection, number, lines, clock.now())


async def listed(chosen: Settings, number: int | None) -> list[dict[str, Any]]:
    """Fetch what was saved."""
    async with session(chosen.database_url.get_secret_value(), "planner") as connection:
        return await plans.kept(connection, number)


def show(found: Plan, number: int | None, as_json: bool) -> None:
    """Print the plan for a person or a program."""
    told = document(found, number)
    if as_json:
        terminal.show_json(told)
        return
    terminal.show(told["lines"], COLUMNS)
    click.echo(f"\n{summary(found, number)}")
    if found.left_out:
        click.echo("\nleft out:")
        terminal.show(found.left_out, LEFT_OUT)
    more = found.one_more_hour
    names = f": {', '.join(more['people'])} would be met too" if more["people"] else ""
    click.echo(f"\nOne more hour would buy {more['worth']:.1f} relationship-days{names}.")
