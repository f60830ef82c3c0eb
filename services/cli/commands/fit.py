"""`attune model fit`: coefficients of risk from one's own history, as a candidate model."""

import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import click
import numpy as np

from services.cli import history
from services.cli.backtest import day
from services.cli.commands.backtest import tell_undated
from services.cli.commands.risk import spare, written
from shared.alignment import fit as fitting
from shared.alignment.candidate import candidate
from shared.alignment.fit import Fitted
from shared.alignment.half_lives import half_lives as best_half_lives
from shared.alignment.hindsight import COLUMNS, Past
from shared.alignment.model import Model, parse_model
from shared.alignment.quality import area_under_curve
from shared.alignment.risk import SHIPPED, Coefficients, Paces
from shared.alignment.written import written as toml
from shared.plumbing import clock, terminal
from shared.plumbing.settings import settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LATER_SHARE = 0.4
EVERY_DAYS = 7

Row = dict[str, Any]


@click.command
@click.option("--events", type=FILE, multiple=True, help="CSV instead of the log; more than once to fit on all.")
@click.option("--model", type=FILE, help="TOML to start from. Default: the model in force; with --events, the shipped.")
@click.option("--horizon", type=terminal.Within(7, 3650), metavar="DAYS", help="Default: that of the model.")
@click.option("--every", type=click.IntRange(1, 365), default=EVERY_DAYS, show_default=True, metavar="DAYS")
@click.option("--half-lives", is_flag=True, help="Fit the half-lives of pace as well, by trials on the earlier period.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("candidate.toml"),
    show_default=True,
    help="TOML to write.",
)
@terminal.json_option
def fit(
    events: tuple[Path, ...],
    model: Path | None,
    horizon: float | None,
    every: int,
    half_lives: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Fit the coefficients of risk to the log, or to CSV files, and write a candidate model.

    The earlier 60 % of the time teaches, the later 40 % judges: AUC there is shown before and after. The fit is
    held near the coefficients that ship; intervals (95 %) are from a bootstrap over relationships. With --half-lives
    the earlier period is split once more and some sets of half-lives are tried (about eight readings). Nothing is
    applied: look at it with `attune backtest --model`, then `attune model diff` and `attune model apply`.

    \b
    Example:
      attune model fit --events mail.csv.gz --horizon 30 --out candidate.toml
    """  # noqa: D301 -- click's mark for text that is not to be wrapped
    spare(out, *events)
    text = base_text(model, events)
    base = parse_model(text)
    days = horizon or base.horizon.days
    if not events:
        tell_undated()
    pasts = Pasts(events, days, every)
    fitting.refuse_too_few(pasts.earlier(base.horizon.paces))
    paces = searched(pasts) if half_lives else base.horizon.paces
    earlier = pasts.earlier(paces)
    fitted = fitting.fit(earlier, SHIPPED)
    with written(out) as file:
        name, told = new_name(base, earlier), origin(earlier, pasts.of(paces))
        file.write(candidate(text, name, days, fitted.coefficients, told, paces))
    tell(fitted, compared(pasts, base, fitted.coefficients, paces), paces, out, as_json)


def base_text(path: Path | None, events: tuple[Path, ...]) -> str:
    """Return the TOML that the candidate differs from in [risk] only."""
    if path:
        history.model_of(path)
        return path.read_text("utf-8")
    shipped = files("shared.alignment").joinpath("model.toml").read_text("utf-8")
    if events:
        return shipped
    live = terminal.run(history.model_in_force(settings()))
    # The shipped text has its reasons beside the numbers; Postgres keeps numbers only.
    return shipped if live == parse_model(shipped) else toml(live)


@dataclass(slots=True)
class Pasts:
    """The past decisions of each source, read once for each set of half-lives that is asked for."""

    events: tuple[Path, ...]
    horizon_days: float
    every_days: int
    read: dict[Paces, dict[str, Past]] = field(default_factory=dict)

    def of(self, paces: Paces) -> dict[str, Past]:
        """Return the decisions by the name of their source."""
        if paces not in self.read:
            self.read[paces] = all_pasts(self.events, self.horizon_days, self.every_days, paces)
        return self.read[paces]

    def earlier(self, paces: Paces) -> Past:
        """Return what teaches."""
        return joined([past.split(LATER_SHARE)[0] for past in self.of(paces).values()])

    def parts_of_earlier(self, paces: Paces) -> tuple[Past, Past]:
        """Return what teaches, split by time once more, source by source."""
        parts = [past.split(LATER_SHARE)[0].as_all().split(LATER_SHARE) for past in self.of(paces).values()]
        return joined([first for first, _ in parts]), joined([second for _, second in parts])

    def later(self, paces: Paces) -> dict[str, Past]:
        """Return what judges, by source."""
        return {name: past.split(LATER_SHARE)[1] for name, past in self.of(paces).items()}


def all_pasts(events: tuple[Path, ...], horizon: float, every: int, paces: Paces) -> dict[str, Past]:
    """Return the past decisions of each source by its name."""
    if not events:
        return {"the log": terminal.run(history.past_of_log(settings(), horizon, every, paces))}
    return {str(path): history.past_of_csv(path, horizon, every, paces, clock.now()) for path in events}


def searched(pasts: Pasts) -> Paces:
    """Search for the half-lives, and tell a terminal how far it has come."""
    tried = count(1)

    def parts_of(paces: Paces) -> tuple[Past, Past]:
        if sys.stderr.isatty():
            click.echo(f"\rtrial {next(tried)}: half-lives of {spelled_paces(paces)} horizons ", nl=False, err=True)
        return pasts.parts_of_earlier(paces)

    found = best_half_lives(parts_of)
    if sys.stderr.isatty():
        click.echo(err=True)
    return found


def spelled_paces(paces: Paces) -> str:
    """Write the three half-lives."""
    return ", ".join(f"{one:g}" for one in paces)


def joined(pasts: list[Past]) -> Past:
    """Return the decisions of several sources as one; their relationships stay apart."""
    first, offset, parts = pasts[0], 0, list[dict[str, Any]]()
    for past in pasts:
        columns = {name: getattr(past, name) for name in COLUMNS}
        parts.append(columns | {"relationship": past.relationship + offset})
        offset += int(past.relationship.max(initial=-1)) + 1
    columns = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}
    return Past(first.horizon_days, first.every_days, first.dates, **columns)


def new_name(base: Model, earlier: Past) -> str:
    """Name a candidate after its model and the last day that it learned from."""
    known = re.sub(r"-fitted-\d{4}-\d\d-\d\d$", "", base.name)[:80]
    return f"{known}-fitted-{day(earlier.decided_at.max() + earlier.horizon_days)}"


def origin(earlier: Past, sources: Mapping[str, object]) -> str:
    """Say where the coefficients are from, for the file."""
    period = f"{day(earlier.decided_at.min())} to {day(earlier.decided_at.max())}"
    names = ", ".join(Path(name).name for name in sources).replace("\n", " ")
    counts = f"{len(earlier.decided_at)} decisions on {len(np.unique(earlier.relationship))} relationships"
    return (
        "Log-odds of silence over one horizon, per unit of each term. Fitted by `attune model fit` to\n"
        f"{names}: {counts}, {period},\nheld near the coefficients that ship."
    )


def compared(pasts: Pasts, base: Model, coefficients: Coefficients, paces: Paces) -> list[Row]:
    """Return the AUC on each source's later period, before and after."""
    before, then = Coefficients(**base.risk.model_dump()), pasts.later(base.horizon.paces)
    return [
        {
            "source": name,
            "decisions": len(past.decided_at),
            "before": area_under_curve(past.went_silent, then[name].risk(before)),
            "after": area_under_curve(past.went_silent, past.risk(coefficients)),
        }
        for name, past in pasts.later(paces).items()
    ]


def tell(fitted: Fitted, judged: list[Row], paces: Paces, out: Path, as_json: bool) -> None:
    """Print coefficients and the comparison."""
    rows = coefficients_of(fitted)
    if as_json:
        found = {"coefficients": rows, "half_lives": list(paces), "auc_later": judged, "out": str(out)}
        terminal.show_json(found)
        return
    terminal.show([{name: spelled(value) for name, value in row.items()} for row in rows], list(rows[0]))
    click.echo(f"\nhalf-lives of pace: {spelled_paces(paces)} horizons")
    click.echo("\nAUC on the later 40 % of the time:")
    terminal.show([{name: spelled(value) for name, value in row.items()} for row in judged], list(judged[0]))
    # Not "not better": where one outcome is missing, the AUC is nan and says nothing.
    if all(row["after"] <= row["before"] for row in judged):
        click.echo("\nThe candidate foresees no better than the model it started from: there is no reason to apply it.")
    click.echo(f"\nwritten: {out}; next: attune backtest --model {out}")


def coefficients_of(fitted: Fitted) -> list[Row]:
    """Return each coefficient with its interval, beside what ships."""
    columns = {"shipped": SHIPPED, "fitted": fitted.coefficients, "low": fitted.low, "high": fitted.high}
    return [
        {"coefficient": one.name} | {name: asdict(values)[one.name] for name, values in columns.items()}
        for one in fields(Coefficients)
    ]


def spelled(value: object) -> str:
    """Write figures with three digits."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
