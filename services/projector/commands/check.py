"""`attune check`: whether the live states say what the log says."""

from typing import Any

import click

from services.projector.beside import builds
from services.projector.store import CONNECTION_SETTINGS
from services.projector.verify import relationships, verify
from shared.plumbing import terminal
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings, settings

COLUMNS = ("initiative", "stakeholder", "differs", "difference")


@click.command
@click.option("--sample", type=click.IntRange(1), help="Only so many relationships, chosen by chance.")
@terminal.json_option
@click.pass_context
def check(context: click.Context, sample: int | None, as_json: bool) -> None:
    """Verify live states against the log, as of one moment and without changing anything."""
    checked, found, unfinished = terminal.run(compared(settings(), sample))
    if as_json:
        terminal.show_json({"checked": checked, "differences": found, "unfinished_builds": unfinished})
    else:
        report(checked, found, unfinished)
    context.exit(1 if found else 0)


async def compared(chosen: Settings, sample: int | None) -> tuple[int, list[dict[str, Any]], list[str]]:
    """Return how many were checked, who differs and where, and which builds were left unfinished."""
    url = chosen.database_url.get_secret_value()
    async with session(url, "check") as connection:
        for setting, value in CONNECTION_SETTINGS.items():
            await connection.fetchval("select set_config($1, $2, false)", setting, value)
        of = await relationships(connection, sample)
        with terminal.progress("Checking", len(of)) as bar:
            found = await verify(connection, of, lambda more: bar.advance(bar.task_ids[0], more))
        return len(of), found, [its.sentence() for its in await builds(connection)]


def report(checked: int, found: list[dict[str, Any]], unfinished: list[str]) -> None:
    """Tell a person, and what to do about it."""
    if found:
        terminal.show([row | {"difference": f"{row['difference']:.1e}"} for row in found], COLUMNS)
        who = len({(row["initiative"], row["stakeholder"]) for row in found})
        click.echo(f"{who} of {checked} relationships differ from the log: mend them with `attune rebuild`.")
    else:
        click.echo(f"All {checked} relationships stand as the log says.")
    for build in unfinished:
        click.echo(
            f"A build stands beside the model in force ({build}). If nobody works on it, go on with the command "
            "that began it, or `attune model drop` it: folding feeds both."
        )
