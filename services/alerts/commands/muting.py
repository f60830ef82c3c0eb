"""Mutes and maintenance windows: judged and kept all the same, and told when they are over."""

from datetime import datetime

import click

from services.alerts.commands.acting import by_option
from services.alerts.commands.names import known
from services.alerts.commands.rows import PACKAGE, connected, fetch
from services.alerts.commands.until import Until
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.queries import query

MUTE = "select alerts.mute($1, $2, $3, $4, $5, $6, $7, $8, $9)"
HINT = " (--in-advance mutes what is yet to come)"
NUMBER_MAX = 2**31 - 1
COLUMNS = ("id", "initiative", "function", "stakeholder", "source", "starts_at", "ends_at", "author", "note")


@click.command
@click.option("--initiative", help="Everything of this initiative.")
@click.option("--function", help="Everybody of this function.")
@click.option("--stakeholder", help="This person, as `attune alignment` names them.")
@click.option("--source", help="Whatever rests on this source.")
@click.option("--for", "--until", "ends_at", required=True, type=Until(), help="3d, 12h, or a moment: it always ends.")
@click.option("--from", "starts_at", type=Until(), help="For maintenance that lies ahead; default: now.")
@click.option("--note", help="Why.")
@click.option("--in-advance", is_flag=True, help="Take names that nothing bears yet.")
@by_option
@terminal.json_option
def mute(
    initiative: str | None,
    function: str | None,
    stakeholder: str | None,
    source: str | None,
    ends_at: datetime,
    starts_at: datetime | None,
    note: str | None,
    in_advance: bool,
    by: str,
    as_json: bool,
) -> None:
    """Tell nobody for a while; what is named together must all match."""
    named = (initiative, function, stakeholder, source)
    number = terminal.run(_muted(by, ends_at, named, starts_at, note, in_advance=in_advance))
    if as_json:
        terminal.show_json({"id": number, "ends_at": ends_at})
    else:
        click.echo(f"mute {number} lasts until {ends_at:%Y-%m-%d %H:%M} UTC; `attune alerts unmute {number}` ends it")


@click.command
@click.argument("number", type=click.IntRange(1, NUMBER_MAX))
@terminal.json_option
def unmute(number: int, as_json: bool) -> None:
    """End a mute before its time; what it held back is told now, unless a night or another mute still holds it."""
    ended_at = clock.now()
    terminal.run(_value("select alerts.unmute($1, $2)", number, ended_at))
    if as_json:
        terminal.show_json({"id": number, "ends_at": ended_at})
    else:
        click.echo(f"mute {number} is over")


@click.command
@terminal.json_option
def mutes(as_json: bool) -> None:
    """List the mutes that last or lie ahead."""
    terminal.show(terminal.run(fetch("list_mutes", clock.now())), COLUMNS, as_json)


async def _muted(
    by: str,
    ends_at: datetime,
    named: tuple[str | None, ...],
    starts_at: datetime | None,
    note: str | None,
    *,
    in_advance: bool,
) -> int:
    async with connected() as connection:
        if not in_advance:
            await known(connection, *named, hint=HINT)
            if not await connection.fetchval(query(PACKAGE, "is_anybody"), *named[:-1]):
                raise Refused(f"nobody is all of that together{HINT}")
        return int(await connection.fetchval(MUTE, by, clock.now(), ends_at, *named, starts_at, note))


async def _value(statement: str, *arguments: object) -> object:
    async with connected() as connection:
        return await connection.fetchval(statement, *arguments)


COMMANDS = (mute, unmute, mutes)
