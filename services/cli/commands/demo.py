"""`attune demo`: twelve weeks of a transformation, and where its people stand now."""

import shlex
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli import reading
from services.cli.demo import play
from services.cli.demo.cast import CLIENT, INITIATIVE
from services.cli.demo.story import story
from shared.plumbing import clock, terminal
from shared.plumbing.settings import Settings, settings

WORDS = ("name", "function", "band")
SHARES = ("score", "contact", "dialogue", "depth", "accord", "strain")
COLOURS = {"aligned": "green", "cooling": "yellow", "misaligned": "red", "unknown": "dim"}


@click.command
@terminal.json_option
def demo(as_json: bool) -> None:
    """Play a twelve-week transformation through the broker, and show where its forty people stand.

    Played already, it only shows. Its sources are demo-calendar, demo-mail and demo-notes.
    """
    chosen = settings()
    if terminal.run(play.is_played(chosen)):
        click.echo("the demo has been played here already: this is how it stands now", err=True)
    else:
        perform(chosen)
    if not terminal.run(play.judged(chosen)):
        click.echo("alerts has not judged everyone yet: see `attune status` and its log", err=True)
    show(chosen, as_json)


def perform(chosen: Settings) -> None:
    """Tell the story, then introduce its people."""
    now, all_of_it = clock.now(), len(story())
    with terminal.progress(f"Publishing twelve weeks at {CLIENT}", all_of_it) as bar:
        task = bar.task_ids[0]
        counting = bar.add_task("Counting", total=all_of_it)
        terminal.run(
            play.publish(
                chosen,
                now,
                lambda events: bar.advance(task, events),
                lambda done, of: bar.update(counting, completed=all_of_it * done // of),
            )
        )
    play.enter_roster()


def show(chosen: Settings, as_json: bool) -> None:
    """Print the ranking, the open alerts, and how to look further."""
    ranking = terminal.run(reading.alignment(chosen, INITIATIVE))
    alerts = terminal.run(reading.open_alerts(chosen, INITIATIVE))
    if as_json:
        terminal.show_json({"ranking": ranking, "alerts": alerts})
        return
    console = Console()
    console.print(Text("\nAlignment, lowest first", style="bold"))
    console.print(ranked(ranking))
    console.print(Text(f"\nOpen alerts: {len(alerts)}", style="bold"))
    for alert in alerts:
        console.print(Text(f"  {alert['severity']:<8} ", style="red"), Text(alert["summary"]), sep="")
    console.print(Text("\nLook further", style="bold"))
    for line in further(chosen):
        click.echo(f"  {line}")


def ranked(ranking: list[dict[str, Any]]) -> Table:
    """Lay the people out in whole points, the band in its colour."""
    laid_out = Table(box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)  # fits a terminal of 80
    for column in WORDS:
        laid_out.add_column(column, no_wrap=True)
    for column in SHARES:
        laid_out.add_column(column, justify="right", no_wrap=True)
    for row in ranking:
        band = Text(row["band"], style=COLOURS[row["band"]])
        shares = ["-" if row[share] is None else f"{row[share]:.0f}" for share in SHARES]
        laid_out.add_row(row["name"], row["function"], band, *shares)
    return laid_out


def further(chosen: Settings) -> list[str]:
    """Return what to type next."""
    return [
        f"psql {shlex.quote(chosen.database_url.get_secret_value())}",
        "  select * from attune.alignment order by score;",
        "  select * from attune.drifting(interval '7 days');",
        "  select * from attune.touchpoints where stakeholder like 'helen.brandt@%' order by occurred_at;",
        "attune alignment · attune drifting --within 7d · attune alerts list · attune status",
    ]
