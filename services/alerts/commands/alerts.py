"""`attune alerts`: who drifts, why, who was told, and what people do about it."""

import click

from services.alerts.commands import acting, muting, sending
from services.alerts.commands.rows import PACKAGE, Row, connected, fetch, identified
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
    rows = terminal.run(fetch("list", None if status == "all" else status, initiative, assignee))
    terminal.show(rows, COLUMNS, as_json)


@alerts.command
@click.argument("alert_id", metavar="ID")
@terminal.json_option
def show(alert_id: str, as_json: bool) -> None:
    """Show one alert, its history, its deliveries and what was held back."""
    row = terminal.run(_shown(alert_id))
    if as_json:
        terminal.show_json(row)
        return
    history, deliveries, held = row.pop("history"), row.pop("deliveries"), row.pop("suppressions")
    reasons = [f"{because['reason']} since {because['since']}" for because in row.pop("reasons")]
    facts = row | {"reasons": reasons}
    terminal.show([{"what": name, "is": value} for name, value in facts.items()], ["what", "is"])
    terminal.show(history, ["happened_at", "event", "actor", "note"])
    terminal.show(deliveries, ["channel", "destination", "event", "status", "attempts", "last_error"])
    terminal.show(held, ["happened_at", "event", "channel", "reason", "held_until", "note"])


async def _shown(prefix: str) -> Row:
    async with connected() as connection:
        alert = await identified(connection, prefix)
        return dict(await connection.fetchrow(query(PACKAGE, "show"), alert))


for command in (*acting.COMMANDS, *muting.COMMANDS, *sending.COMMANDS):
    alerts.add_command(command)
