"""`attune alignment`: how every relationship stands."""

import click

from services.cli import reading
from shared.plumbing import terminal
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
@terminal.json_option
def alignment(initiative: str | None, as_json: bool) -> None:
    """Show how every relationship stands now, lowest score first."""
    terminal.show(terminal.run(reading.alignment(settings(), initiative)), COLUMNS, as_json)
