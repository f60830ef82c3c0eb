"""`attune alerts`: who drifts, why, who was told, and what people do about it."""

import click

from services.alerts.commands import acting, muting, sending, showing
from services.alerts.commands.names import known
from services.alerts.commands.rows import PACKAGE, Row, connected
from shared.plumbing import terminal
from shared.plumbing.queries import query

COLUMNS = ("short_id", "initiative", "name", "severity", "status", "reason", "score", "drifts_at", "summary")
STATUSES = ("unresolved", "open", "acknowledged", "snoozed", "resolved", "all")


@click.group
def alerts() -> None:
    """See who drifts, why, and who was told; say what you do about it.

    An ID may be shortened to its beginning, as `list` shows it.
    """


@alerts.command("list")
@click.option("--status", type=click.Choice(STATUSES), default="open", show_default=True, help="Which alerts.")
@click.option("--initiative", help="Only this one.")
@click.option("--assignee", help="Only what this person has in hand.")
@terminal.json_option
def list_(status: str, initiative: str | None, assignee: str | None, as_json: bool) -> None:
    """List alerts, the latest first."""
    terminal.show(terminal.run(_listed(None if status == "all" else status, initiative, assignee)), COLUMNS, as_json)


async def _listed(status: str | None, initiative: str | None, assignee: str | None) -> list[Row]:
    async with connected() as connection:
        await known(connection, initiative, owner=assignee)
        return [dict(row) for row in await connection.fetch(query(PACKAGE, "list"), status, initiative, assignee)]


for command in (showing.show, *acting.COMMANDS, *muting.COMMANDS, *sending.COMMANDS):
    alerts.add_command(command)
