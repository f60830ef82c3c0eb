"""What a person does about one alert: `alerts.act` in SQL does it, for the console as well."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import click

from services.alerts.commands.rows import Row, connected, identified
from services.alerts.commands.until import Until
from shared.plumbing import clock, terminal
from shared.plumbing.actor import os_user
from shared.plumbing.postgres import untied

ACT = "select * from alerts.act($1, $2, $3, $4, $5, $6)"
Command = TypeVar("Command", bound=Callable[..., Any])


def by_option(command: Command) -> Command:
    """Add `--by`, which arrives as `by`."""
    return click.option("--by", default=os_user, help="Who acts; default: your user name here.")(command)


@click.command
@click.argument("alert_id", metavar="ID")
@click.option("--note", help="What you are going to do.")
@by_option
@terminal.json_option
def ack(alert_id: str, note: str | None, by: str, as_json: bool) -> None:
    """Say that you have it in hand: it is not repeated, and climbs no further."""
    _say(terminal.run(_act(alert_id, "acknowledge", by, note=note)), as_json)


@click.command
@click.argument("alert_id", metavar="ID")
@click.option("--until", required=True, type=Until(), help="3d, 12h, or a moment; a snooze always ends.")
@click.option("--note", help="Why.")
@by_option
@terminal.json_option
def snooze(alert_id: str, until: datetime, note: str | None, by: str, as_json: bool) -> None:
    """Let it rest; if it still holds then, it comes back and says why."""
    _say(terminal.run(_act(alert_id, "snooze", by, until, note)), as_json)


@click.command
@click.argument("alert_id", metavar="ID")
@click.option("--note", required=True, help="What was done.")
@by_option
@terminal.json_option
def resolve(alert_id: str, note: str, by: str, as_json: bool) -> None:
    """End it by hand; only what comes to hold later opens another."""
    _say(terminal.run(_act(alert_id, "resolve", by, note=note)), as_json)


@click.command
@click.argument("alert_id", metavar="ID")
@click.argument("text")
@by_option
@terminal.json_option
def comment(alert_id: str, text: str, by: str, as_json: bool) -> None:
    """Write something into its history."""
    _say(terminal.run(_act(alert_id, "comment", by, note=text)), as_json)


@click.command
@click.argument("alert_id", metavar="ID")
@click.argument("person")
@by_option
@terminal.json_option
def assign(alert_id: str, person: str, by: str, as_json: bool) -> None:
    """Hand it to somebody."""
    _say(terminal.run(_act(alert_id, "assign", by, note=person)), as_json)


async def _act(prefix: str, action: str, by: str, until: datetime | None = None, note: str | None = None) -> Row:
    async with connected() as connection:
        alert = await identified(connection, prefix)
        acted = partial(connection.fetchrow, ACT, alert, action, by, clock.now(), until, note)
        return dict(await untied(acted))


def _say(row: Row, as_json: bool) -> None:
    if as_json:
        terminal.show_json(row)
        return
    until = f" until {row['snoozed_until']:%Y-%m-%d %H:%M} UTC" if row["snoozed_until"] else ""
    hands = f", in the hands of {row['assignee']}" if row["assignee"] else ""
    click.echo(f"{row['short_id']} is {row['status']}{until}{hands}: {row['summary']}")


COMMANDS = (ack, snooze, resolve, comment, assign)
