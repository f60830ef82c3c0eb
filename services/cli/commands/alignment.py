"""`attune alignment`: how every relationship stands."""

from datetime import datetime

import click

from services.cli import reading
from shared.plumbing import terminal
from shared.plumbing.moments import Moment
from shared.plumbing.settings import settings

COLUMNS = (
    "initiative",
    "stakeholder",
    "name",
    "function",
    "score",
    "band",
    "contact",
    "dialogue",
    "depth",
    "accord",
    "strain",
    "last_touch_at",
    "drifts_at",
    "reasons",
)


@click.command
@click.option("--initiative", help="Only this one.")
@click.option("--at", type=Moment(), help="As of a date or moment (UTC unless it names a zone); default now.")
@terminal.json_option
def alignment(initiative: str | None, at: datetime | None, as_json: bool) -> None:
    """Show how every relationship stands, or stood at a moment, lowest score first."""
    chosen = settings()
    terminal.run(reading.known(chosen, initiative))
    terminal.show(terminal.run(reading.alignment(chosen, initiative, at)), COLUMNS, as_json)
