"""`attune drifting`: who will cross a line, when and why."""

import re
from datetime import timedelta

import click

from services.cli import reading
from shared.plumbing import terminal
from shared.plumbing.settings import settings

COLUMNS = ("initiative", "stakeholder", "name", "owner", "score", "band", "drifts_at", "reason")
UNITS = {"h": "hours", "d": "days", "w": "weeks"}
WEEKS_MAX = 520


class Span(click.ParamType[timedelta]):
    """A span as people write it: 12h, 7d, 2w."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4})([hdw])", str(value).strip().lower())
        span = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta.max
        if span > timedelta(weeks=WEEKS_MAX):
            self.fail(f"{value!r} is no span such as 12h, 7d or 2w (ten years at most)", param, ctx)
        return span


@click.command
@click.option("--within", type=Span(), default="7d", show_default=True, help="Look so far ahead: 12h, 7d, 2w.")
@click.option("--initiative", help="Only this one.")
@terminal.json_option
def drifting(within: timedelta, initiative: str | None, as_json: bool) -> None:
    """Show who will cross a line if nothing else happens, soonest first; who has crossed it comes first."""
    chosen = settings()
    terminal.run(reading.known(chosen, initiative))
    terminal.show(terminal.run(reading.drifting(chosen, within, initiative)), COLUMNS, as_json)
