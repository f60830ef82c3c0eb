"""The report of a backtest as one HTML file: no scripts, nothing loaded, a table beside each chart."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from services.cli.backtest import CANNOT_SHOW, Judged, Report
from services.cli.backtest_text import bins, false_shares, heading, ranking
from services.cli.charts import bars, unit_chart

Rows = Sequence[Mapping[str, Any]]

OTHERS = (0.05, 0.1, 0.2, 0.3, 0.5)

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
:root { color-scheme: light dark; }
section { display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }
figure { flex: 1 1 24rem; max-width: 34rem; margin: 0; }
div.table { flex: 1 1 24rem; overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid; padding: .2rem .7rem .2rem 0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg text { font-size: 12px; fill: currentColor; }
.line, .frame { fill: none; stroke: currentColor; stroke-width: 2; }
.frame { stroke-width: 1; }
.grid { fill: none; stroke: currentColor; opacity: .35; }
circle, .filled { fill: currentColor; }
.hatched { fill: url(#hatch); stroke: currentColor; }
.key { width: 44px; height: 10px; }
.legend { list-style: none; padding: 0; }
"""


def page(report: Report) -> str:
    """Return the whole file."""
    parts = [
        f"<p>{escape(heading(report))}.</p><p><strong>{escape(CANNOT_SHOW)}</strong></p>",
        ranking_part(report),
        operating_part(report),
        *[reliability_part(method) for method in report.methods if method.reliability],
        *[alerts_part(method, report.recall) for method in report.methods if method.alerts],
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Backtest</title>'
    body = f"<h1>Who would have been seen falling silent</h1>{''.join(parts)}"
    return f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>\n'


def part(title: str, words: str, chart: str, table: str) -> str:
    """Put a chart and its table side by side under a title."""
    figure = f"<figure>{chart}</figure>" if chart else ""
    return f"<h2>{escape(title)}</h2><p>{escape(words)}</p><section>{figure}{table}</section>"


def laid_out(rows: Rows, caption: str) -> str:
    """Return rows as a table."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in rows[0])
    lines = ["".join(f"<td>{escape(str(value))}</td>" for value in row.values()) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<div class="table"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def ranking_part(report: Report) -> str:
    """Show how well each method ranks."""
    chart = unit_chart(
        {method.name: method.roc for method in report.methods},
        "share of the others that come with them",
        "share of the silent found",
        "ROC: the silent found, over the others that come with them, for every line one could draw",
    )
    words = (
        "A curve further up and to the left tells silence from the rest better; the diagonal is chance. "
        "AUC is the area under it: how often a decision before silence had the higher risk than another."
    )
    rows = [ranking(method, report.recall) for method in report.methods]
    found = laid_out([found_among(method) for method in report.methods], "Silent found, by the others taken with them")
    return part("Ranking", words, chart, laid_out(rows, f"Alerts at recall {report.recall:g}") + found)


def found_among(method: Judged) -> Mapping[str, str]:
    """Return points of the curve: the share of the silent found at some shares of the others."""
    at = np.interp(OTHERS, method.roc.false_share, method.roc.true_share).tolist()
    return {"method": method.name} | {f"{share:.0%}": f"{found:.0%}" for share, found in zip(OTHERS, at, strict=True)}


def operating_part(report: Report) -> str:
    """Show what each operating point costs."""
    methods = [method for method in report.methods if method.alerts]
    lines = {
        method.name: ([at.wanted_recall for at in method.alerts], [at.false_share for at in method.alerts])
        for method in methods
    }
    words = "Whoever wants to foresee more dormancies bears more false alerts. How many is yours to choose."
    title = "Share of alerts that are false, by the share of dormancies foreseen"
    chart = unit_chart(
        lines, "share of dormancies foreseen", "share of alerts that are false", title, marks=True, diagonal=False
    )
    rows = [false_shares(method) for method in methods]
    return part("The choice of the line", words, chart, laid_out(rows, title))


def reliability_part(method: Judged) -> str:
    """Show whether a risk of 30 % comes true in 30 of 100 cases."""
    points = [one.mean_risk for one in method.reliability], [one.silent_share for one in method.reliability]
    title = f"Reliability of {method.name}"
    words = "On the diagonal, the risk is a frequency: of decisions at 0.3, three in ten fell silent."
    chart = unit_chart({method.name: points}, "mean risk", "share that fell silent", title, marks=True)
    return part(title, words, chart, laid_out(list(bins(method)), "Decisions by risk"))


def alerts_part(method: Judged, recall: float) -> str:
    """Show when alerts would have come, and which were false."""
    rows = by_month(method, recall)
    title = f"Alerts over time: {method.name}, at recall {recall:g}"
    words = "Filled: alerts before a dormancy. Hatched, on top: false alerts, whose silence ended within the horizon."
    chart = bars(rows, "month", "alerts", title)
    table = [{"month": month, "true": true, "false": false} for month, true, false in rows]
    return part(title, words, chart, laid_out(table, "Alerts by month"))


def by_month(method: Judged, recall: float) -> list[tuple[str, int, int]]:
    """Return months with their true and false alerts, months without alerts included."""
    alerts = method.at(recall)
    if alerts is None:
        return []
    months = alerts.alerted_at.astype("datetime64[D]").astype("datetime64[M]")
    every = np.arange(months.min(), months.max() + 1)
    return [(str(one), *counted(months == one, alerts.is_true)) for one in every]


def counted(inside: Any, is_true: Any) -> tuple[int, int]:
    """Return how many are true and how many false."""
    return int((inside & is_true).sum()), int((inside & ~is_true).sum())
