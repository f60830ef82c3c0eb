"""`attune check`: whether the live states say what the log says, and the tables agree with one another."""

from typing import Any

import click

from services.projector.beside import builds
from services.projector.soundness import unsound
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
    """Verify live states against the log, as of one moment and without changing anything.

    Then hold the tables against one another: alerts against their history and states, deliveries, retractions, and
    that nothing is kept of who was forgotten. Each problem is told with how to mend it; exit code 1 means there is one.
    """
    checked, found, unfinished, broken = terminal.run(compared(settings(), sample))
    if as_json:
        answer = {"checked": checked, "differences": found, "unfinished_builds": unfinished, "broken": broken}
        terminal.show_json(answer)
    else:
        report(checked, found, unfinished)
        report_broken(broken)
    context.exit(1 if found or any(law["is_problem"] for law in broken) else 0)


async def compared(
    chosen: Settings, sample: int | None
) -> tuple[int, list[dict[str, Any]], list[str], list[dict[str, Any]]]:
    """Return how many were checked, who differs and where, which builds were left unfinished, and broken laws."""
    url = chosen.database_url.get_secret_value()
    async with session(url, "check") as connection:
        for setting, value in CONNECTION_SETTINGS.items():
            await connection.fetchval("select set_config($1, $2, false)", setting, value)
        of = await relationships(connection, sample)
        with terminal.progress("Checking", len(of)) as bar:
            found = await verify(connection, of, lambda more: bar.advance(bar.task_ids[0], more))
        unfinished = [its.sentence() for its in await builds(connection)]
        return len(of), found, unfinished, await unsound(connection)


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


def report_broken(broken: list[dict[str, Any]]) -> None:
    """Tell a person what does not fit together, and what to do about it."""
    for law in broken:
        what = "PROBLEM" if law["is_problem"] else "To do"
        click.echo(f"{what}: {law['broken']} ({law['count']}: {', '.join(law['where'])}). Mend: {law['mend']}.")
    if not broken:
        click.echo("Alerts, deliveries, retractions and suppressions agree with one another.")
