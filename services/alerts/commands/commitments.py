"""`attune commitments`: who promised what to whom, until when, and how it stands."""

import click

from services.alerts.commands.names import known
from services.alerts.commands.rows import PACKAGE, Row, connected
from shared.plumbing import terminal
from shared.plumbing.queries import query

COLUMNS = ("initiative", "name", "by", "ref", "state", "due_at", "is_past_due", "made_at", "kept_at", "broken_at")


@click.command
@click.option("--all", "is_all", is_flag=True, help="Those that were kept or broken, too.")
@click.option("--initiative", help="Only this one.")
@click.option("--past-due", is_flag=True, help="Only what is past due.")
@terminal.json_option
def commitments(is_all: bool, initiative: str | None, past_due: bool, as_json: bool) -> None:
    """List open commitments, the soonest due first."""
    terminal.show(terminal.run(_listed(initiative, is_all, past_due)), COLUMNS, as_json)


async def _listed(initiative: str | None, *which: bool) -> list[Row]:
    async with connected() as connection:
        await known(connection, initiative)
        return [dict(row) for row in await connection.fetch(query(PACKAGE, "list_commitments"), initiative, *which)]
