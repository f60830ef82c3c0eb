"""`attune alerts show`: what, why, what is behind it, what comes next, what would help, and what became of it."""

from datetime import datetime
from typing import Any

import click

from services.alerts.announce import About, mute_command
from services.alerts.behind import behind
from services.alerts.commands.rows import PACKAGE, Row, connected, identified
from services.alerts.render import shown
from shared.plumbing import clock, terminal
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import settings


@click.command
@click.argument("alert_id", metavar="ID")
@terminal.json_option
def show(alert_id: str, as_json: bool) -> None:
    """Show one alert and all that is known of it.

    Why, with figures; the touches behind it; what comes next and what would help, as of now; how to mute it; its
    history; who was told; what was held back and why.
    """
    row = terminal.run(_row(alert_id, clock.now()))
    if as_json:
        terminal.show_json(row)
    else:
        click.echo(shown(row))


async def _row(prefix: str, now: datetime) -> Row:
    async with connected() as connection:
        alert = await identified(connection, prefix)
        row = dict(await connection.fetchrow(query(PACKAGE, "show"), alert))
    its = About(*(row.get(name) for name in About._fields[:-1]))  # type: ignore[arg-type]  # a row knows no types
    link = f"{settings().console_url.rstrip('/')}/alerts/{alert}"
    return {**row, **await _behind(row.pop("relationship_id"), now), "link": link, "mute": mute_command(its)}


async def _behind(relationship: int | None, now: datetime) -> dict[str, Any]:
    # A connection that leaves JSON to whoever reads it, as the service has.
    async with session(settings().database_url.get_secret_value(), "commands") as connection:
        found = await behind(connection, [relationship] if relationship else [], now)
    return found[relationship].content if relationship in found else {"touches": [], "forecast": None, "what_if": []}
