"""`attune backtest`: what models would have foretold, judged by what came."""

from pathlib import Path

import click

from services.cli import history
from services.cli.backtest import Report, document
from services.cli.backtest import backtest as judge
from services.cli.backtest_page import page
from services.cli.backtest_text import print_report
from services.cli.commands.risk import spare
from shared.alignment.hindsight import Past
from shared.alignment.model import Model, default_model
from shared.alignment.risk import Paces
from shared.errors import Refused
from shared.plumbing import clock, terminal
from shared.plumbing.settings import settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command
@click.option("--model", "models", type=FILE, multiple=True, help="A model's TOML; more than once to compare.")
@click.option("--events", type=FILE, help="CSV instead of the log: ego,stakeholder,occurred_at,direction,kind.")
@click.option("--recall", type=terminal.Within(0.05, 0.99), default=0.8, show_default=True, help="To foresee.")
@click.option("--horizon", type=terminal.Within(1, 3650), metavar="DAYS", help="Default: that of the models.")
@click.option("--every", type=click.IntRange(1, 365), default=7, show_default=True, metavar="DAYS")
@click.option(
    "--later",
    type=terminal.Within(0.05, 1),
    default=0.4,
    show_default=True,
    help="Judge this later share of the time: `attune model fit` learns from the rest.",
)
@click.option("--html", type=OUT, help="Write a report with charts, one file.")
@terminal.json_option
def backtest(
    models: tuple[Path, ...],
    events: Path | None,
    recall: float,
    horizon: float | None,
    every: int,
    later: float,
    html: Path | None,
    as_json: bool,
) -> None:
    """Judge models by what they would have foretold at past decisions, from what was known then only.

    Without --model, the model in force (with --events, the one that ships). A touch is what the model in force
    counts as one; of 1 January 1970, which programs write for no date, none is: in a file it is refused by its line,
    and of the log it is left out. RECALL is the share of dormancies to foresee; what it costs in false alerts is
    shown for other shares too, because how many to bear is yours to choose.

    \b
    Example:
      attune backtest --model candidate.toml --events mail.csv.gz --html report.html
    """  # noqa: D301 -- click's mark for text that is not to be wrapped
    if html:
        spare(html, events, *models)
    chosen = named(models) or in_force(events)
    days, paces = asked(chosen, horizon), {model.horizon.paces for model in chosen.values()}
    if not events:
        tell_undated()
    pasts = {one: judged_past(events, days, every, later, one) for one in sorted(paces)}
    report = judge(pasts, chosen, recall)
    if html:
        write(html, page(report))
    tell(report, as_json)


def named(paths: tuple[Path, ...]) -> dict[str, Model]:
    """Return the models by name; two of one name are told apart by their files."""
    found = [(path, history.model_of(path)) for path in paths]
    names = [model.name for _, model in found]
    return {(model.name if names.count(model.name) == 1 else f"{model.name} ({path})"): model for path, model in found}


def in_force(events: Path | None) -> dict[str, Model]:
    """Return the one model to judge when none is named; a CSV needs no server."""
    model = default_model() if events else terminal.run(history.model_in_force(settings()))
    return {model.name: model}


def asked(models: dict[str, Model], horizon: float | None) -> float:
    """Return the one horizon in days that all are judged at."""
    found = {model.horizon.days for model in models.values()}
    if horizon is None and len(found) > 1:
        days = " and ".join(f"{one:g}" for one in sorted(found))
        raise Refused(f"the models look ahead {days} days: say --horizon DAYS, so that they answer one question")
    return horizon or found.pop()


def judged_past(events: Path | None, horizon: float, every: int, later: float, paces: Paces) -> Past:
    """Return the decisions of the later share of the time."""
    if events:
        found = history.past_of_csv(events, horizon, every, paces, clock.now())
    else:
        found = terminal.run(history.past_of_log(settings(), horizon, every, paces))
    return found.split(later)[1]


def tell_undated() -> None:
    """Say what of the log is left out."""
    if count := terminal.run(history.undated_in_log(settings())):
        touches = "1 touch of 1 January 1970 is" if count == 1 else f"{count} touches of 1 January 1970 are"
        click.echo(f"{touches} left out: programs write that day where they have no date", err=True)


def tell(report: Report, as_json: bool) -> None:
    """Print the report for people or for programs."""
    if as_json:
        terminal.show_json(document(report))
    else:
        print_report(report)


def write(path: Path, text: str) -> None:
    """Write a file, or refuse naming it."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Refused(f"{path}: cannot be written: {error.strerror}") from error
