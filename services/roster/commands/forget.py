"""`attune forget`: nothing is kept of a person, and nothing comes back."""

import sys
from typing import Any

import click

from services.roster import forget as forgetting
from services.roster import listed, streams
from services.roster.forget import Forgotten
from services.roster.identity import find, namesakes
from services.roster.streams import Search
from shared.plumbing import clock, terminal
from shared.plumbing.actor import os_user
from shared.plumbing.jetstream import connected
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings


@click.command
@click.argument("who")
@click.option("--by", metavar="WHO", help="Who gives the order; the user of this machine if left out.")
@click.option("--yes", is_flag=True, help="Do not ask; nobody is asked who is not at a terminal.")
@terminal.json_option
def forget(who: str, by: str | None, yes: bool, as_json: bool) -> None:
    """Forget WHO (stakeholder, name or address): it cannot be undone.

    Address book, roster and its log, touchpoints, states, alerts and deliveries go in one transaction; then what
    the broker keeps of them. Only their handles stay, on the list of what is dropped, so that neither a rebuild nor
    a replay nor a late event brings them back. Prints what was removed, and what is still found: that must be
    nothing, or the exit code is 1. Somebody who is on no roster is forgotten by their address.
    """
    chosen = settings()
    if not (yes or as_json) and sys.stdin.isatty():
        click.confirm(f"Forget {who!r} for ever?", abort=True)
    done, gone, busy = terminal.run(forgotten(chosen, who, by or os_user()))
    if as_json:
        terminal.show_json(done._asdict() | {"messages_removed": gone, "streams_not_swept": busy})
    else:
        tell(done, gone, busy)
    if done.left or busy:
        raise click.exceptions.Exit(1)


async def forgotten(chosen: Settings, name: str, by: str) -> tuple[Forgotten, dict[str, int], list[str]]:
    """Forget in Postgres first: what still waits in the broker is dropped from then on."""
    spelling = chosen.spelling()
    async with (
        connected(chosen.nats_url.get_secret_value(), "forget") as jetstream,
        session(chosen.database_url.get_secret_value(), "forget") as connection,
    ):
        who = await find(connection, name, chosen.handle_secret(), spelling)
        search = Search.of(who, await namesakes(connection, who), spelling)
        now = clock.now()
        done = await forgetting.forget(connection, who, now, by)
        await listed.suppress(jetstream, who.handles, now, by)
        # First what passes: it may still turn into rejections.
        busy = await streams.sweep(jetstream)
        gone = await streams.erase(jetstream, await streams.speaking(jetstream, search))
    return done, gone, busy


def tell(done: Forgotten, gone: dict[str, int], busy: list[str]) -> None:
    """Say what is gone and how it is known."""
    rows: list[dict[str, Any]] = [
        {"where": where, "removed": count, "left": done.left.get(where, 0)}
        for where, count in sorted((done.removed | dict.fromkeys(done.left.keys() - done.removed.keys(), 0)).items())
    ]
    rows += [{"where": f"stream {stream}", "removed": count, "left": 0} for stream, count in sorted(gone.items())]
    terminal.show(rows, ("where", "removed", "left"))
    click.echo(f"{done.suppressed} handles are suppressed: whatever still arrives under them is dropped")
    if done.left:
        click.echo("left: rows above still speak of them; see docs/privacy.md", err=True)
    if done.unsearched:
        names = ", ".join(done.unsearched)
        click.echo(f"not searched for {names}: others are called so too")
    for stream in busy:
        click.echo(f"stream {stream} was never empty: run this again when it is, to clear its file", err=True)
