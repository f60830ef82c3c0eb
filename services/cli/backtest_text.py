"""The report of a backtest for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console

from services.cli.backtest import CANNOT_SHOW, Judged, Report, day
from shared.plumbing.terminal import table

Row = dict[str, Any]


def print_report(report: Report) -> None:
    """Print every figure, and what the figures cannot say."""
    console = Console()
    for title, rows in sections(report).items():
        if rows:
            console.print(f"\n{title}", style="bold", highlight=False)
            console.print(table(rows, list(rows[0])))
    console.print(f"\n{CANNOT_SHOW}", highlight=False)


def sections(report: Report) -> Mapping[str, list[Row]]:
    """Return the tables under their titles."""
    return {
        heading(report): [ranking(method, report.recall) for method in report.methods],
        "Share of alerts that are false, by the share of dormancies foreseen: the choice is yours": [
            false_shares(method) for method in report.methods if method.alerts
        ],
        **{f"Reliability of {method.name}": list(bins(method)) for method in report.methods if method.reliability},
    }


def heading(report: Report) -> str:
    """Say what was judged."""
    share = report.went_silent / report.decisions
    return (
        f"{report.decisions:,} decisions on {report.relationships:,} relationships, every {report.every_days} days "
        f"from {day(report.first)} to {day(report.last)}; {share:.1%} fell silent for {report.horizon_days:g} days. "
        f"Alerts at recall {report.recall:g}"
    )


def ranking(method: Judged, recall: float) -> Row:
    """Return the line of one method."""
    alerts = method.at(recall)
    return {
        "method": method.name,
        "AUC": f"{method.auc:.3f}",
        "AP": f"{method.ap:.3f}",
        "Brier": "-" if method.brier is None else f"{method.brier:.3f}",
        "lead days": f"{alerts.lead_days:.1f}" if alerts else "-",
        "false": f"{alerts.false_share:.0%}" if alerts else "-",
        "alerts/year": f"{alerts.per_year:.2f}" if alerts else "-",
        "line": f"{alerts.line:.3g}" if alerts else "-",
    }


def false_shares(method: Judged) -> Row:
    """Return what each operating point costs."""
    return {"method": method.name} | {f"{at.wanted_recall:.0%}": f"{at.false_share:.0%}" for at in method.alerts}


def bins(method: Judged) -> Iterator[Row]:
    """Yield how often silence came of decisions of about the same risk."""
    for one in method.reliability:
        yield {
            "risk": f"{one.risk_min:.1f} to {one.risk_max:.1f}",
            "decisions": one.decisions,
            "mean risk": f"{one.mean_risk:.3f}",
            "fell silent": f"{one.silent_share:.3f}",
        }
