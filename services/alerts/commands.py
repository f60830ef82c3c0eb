"""`attune alerts`: who drifts, why, and who was told."""

from typing import Any
from uuid import UUID

import click
import orjson

from shared.errors import Refused
from shared.plumbing import terminal
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import settings

PACKAGE = "services.alerts"
COLUMNS = ("initiative", "name", "reason", "score", "drifts_at", "opened_at", "summary")
STATUSES = ("open", "acknowledged", "resolved", "all")


@click.group
def alerts() -> None:
    """See who drifts, why, and who was told."""


@alerts.command("list")
@click.option("--status", type=click.Choice(STATUSES), default="open", show_default=True, help="Which alerts.")
@terminal.json_option
def list_(status: str, as_json: bool) -> None:
    """List alerts, the latest first."""
    rows = terminal.run(_fetch("list", None if status == "all" else status))
    terminal.show(rows, COLUMNS, as_json)


@alerts.command
@click.argument("alert_id", metavar="ID", type=click.UUID)
@terminal.json_option
def show(alert_id: UUID, as_json: bool) -> None:
    """Show one alert, its history and its deliveries."""
    rows = terminal.run(_fetch("show", alert_id))
    if not rows:
        raise Refused(f"there is no alert {alert_id}: `attune alerts list --status all` names them")
    if as_json:
        terminal.show_json(rows[0])
        return
    history, deliveries = rows[0].pop("history"), rows[0].pop("deliveries")
    reasons = [f"{because['reason']} since {because['since']}" for because in rows[0].pop("reasons")]
    facts = rows[0] | {"reasons": reasons}
    terminal.show([{"what": name, "is": value} for name, value in facts.items()], ["what", "is"])
    terminal.show(history, ["happened_at", "event", "actor"])
    terminal.show(deliveries, ["channel", "destination", "event", "status", "attempts", "last_error"])


async def _fetch(name: str, argument: object) -> list[dict[str, Any]]:
    async with session(settings().database_url.get_secret_value(), "commands") as connection:
        await connection.set_type_codec(
            "jsonb", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog", format="text"
        )
        return [dict(row) for row in await connection.fetch(query(PACKAGE, name), argument)]
