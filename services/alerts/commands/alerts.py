"""`attune alerts`: who drifts, why, who was told, and what people do about it."""

import click

from services.alerts.commands import acting, muting, sending, showing
from services.alerts.commands.rows import fetch
from shared.plumbing import terminal

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
    rows = terminal.run(fetch("list", None if status == "all" else status, initiative, assignee))
    terminal.show(rows, COLUMNS, as_json)


for command in (showing.show, *acting.COMMANDS, *muting.COMMANDS, *sending.COMMANDS):
    alerts.add_command(command)
