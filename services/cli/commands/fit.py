"""`attune model fit`: coefficients of risk from one's own history, as a candidate model."""

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import numpy as np

from services.cli import history
from services.cli.backtest import day
from services.cli.commands.risk import written
from shared.alignment import fit as fitting
from shared.alignment.candidate import candidate
from shared.alignment.fit import Fitted
from shared.alignment.hindsight import COLUMNS, Past
from shared.alignment.model import Model, parse_model
from shared.alignment.quality import area_under_curve
from shared.alignment.risk import SHIPPED, Coefficients
from shared.alignment.written import written as toml
from shared.plumbing import terminal
from shared.plumbing.settings import settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LATER_SHARE = 0.4
EVERY_DAYS = 7

Row = dict[str, Any]


@click.command
@click.option("--events", type=FILE, multiple=True, help="CSV instead of the log; more than once to fit on all.")
@click.option("--model", type=FILE, help="TOML to start from. Default: the model in force; with --events, the shipped.")
@click.option("--horizon", type=click.FloatRange(7, 3650), metavar="DAYS", help="Default: that of the model.")
@click.option("--every", type=click.IntRange(1, 365), default=EVERY_DAYS, show_default=True, metavar="DAYS")
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
    out: Path,
    as_json: bool,
) -> None:
    """Fit the coefficients of risk to the log, or to CSV files, and write a candidate model.

    The earlier 60 % of the time teaches, the later 40 % judges: AUC there is shown before and after. The fit is
    held near the coefficients that ship; intervals (95 %) are from a bootstrap over relationships. Nothing is
    applied: look at it with `attune backtest --model`, then `attune model diff` and `attune model apply`.

    \b
    Example:
      attune model fit --events mail.csv.gz --horizon 30 --out candidate.toml
    """  # noqa: D301 -- click's mark for text that is not to be wrapped
    text = base_text(model, events)
    base = parse_model(text)
    days = horizon or base.horizon.days
    pasts = {name: past.split(LATER_SHARE) for name, past in all_pasts(events, days, every).items()}
    earlier = joined([before for before, _ in pasts.values()])
    fitting.refuse_too_few(earlier)
    fitted = fitting.fit(earlier, SHIPPED)
    with written(out) as file:
        file.write(candidate(text, new_name(base, earlier), days, fitted.coefficients, origin(earlier, pasts)))
    judged = compared({name: later for name, (_, later) in pasts.items()}, base, fitted.coefficients)
    tell(fitted, judged, out, as_json)


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


def all_pasts(events: tuple[Path, ...], horizon: float, every: int) -> dict[str, Past]:
    """Return the past decisions of each source by its name."""
    if not events:
        return {"the log": terminal.run(history.past_of_log(settings(), horizon, every))}
    return {str(path): history.past_of_csv(path, horizon, every) for path in events}


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


def compared(later: Mapping[str, Past], base: Model, coefficients: Coefficients) -> list[Row]:
    """Return the AUC on each source's later period, before and after."""
    before = Coefficients(**base.risk.model_dump())
    return [
        {
            "source": name,
            "decisions": len(past.decided_at),
            "before": area_under_curve(past.went_silent, past.risk(before)),
            "after": area_under_curve(past.went_silent, past.risk(coefficients)),
        }
        for name, past in later.items()
    ]


def tell(fitted: Fitted, judged: list[Row], out: Path, as_json: bool) -> None:
    """Print coefficients and the comparison."""
    rows = coefficients_of(fitted)
    if as_json:
        terminal.show_json({"coefficients": rows, "auc_later": judged, "out": str(out)})
        return
    terminal.show([{name: spelled(value) for name, value in row.items()} for row in rows], list(rows[0]))
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
