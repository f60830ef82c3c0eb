"""`attune rebuild`: the model in force, folded anew from the log."""

from typing import Any

import click

from services.projector.build import put_in_force
from services.projector.commands.building import building, built, live
from services.projector.compare import differences
from shared.plumbing import clock, terminal
from shared.plumbing.settings import Settings, settings

COLUMNS = ("channel", "largest_difference", "relationships")


@click.command
@click.option("--check", is_flag=True, help="Only compare; keep the live states, and exit with 1 if they differ.")
@terminal.json_option
@click.pass_context
def rebuild(context: click.Context, check: bool, as_json: bool) -> None:
    """Fold every state anew from the log beside the live ones, compare, and switch.

    Traffic goes on meanwhile. Interrupted, it goes on where it stopped when it is called again.
    """
    rows = terminal.run(rebuilt(settings(), check))
    differ = any(row["relationships"] for row in rows)
    if as_json:
        terminal.show_json({"switched": not check, "equal": not differ, "channels": rows})
    else:
        terminal.show([row | {"largest_difference": f"{row['difference']:.1e}"} for row in rows], COLUMNS)
        click.echo(sentence(differ, check))
    context.exit(1 if check and differ else 0)


async def rebuilt(chosen: Settings, only_check: bool) -> list[dict[str, Any]]:
    """Return per channel how far the live states were from the log."""
    async with building(chosen, keep=not only_check) as connection:
        live_version, model = await live(connection)
        version = await built(connection, model)
        rows = await differences(connection, live_version, version)
        if not only_check:
            await put_in_force(connection, version, clock.now())
        return rows


def sentence(differ: bool, only_check: bool) -> str:
    """Say what it came to."""
    if not differ:
        return "The live states say what the log says." + ("" if only_check else " Switched to the new ones.")
    return "The live states differ from the log: " + ("mend them with `attune rebuild`." if only_check else "mended.")
