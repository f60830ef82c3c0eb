"""Judging models by what they would have said: figures per model, and two rules of thumb beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.alignment import quality
from shared.alignment.hindsight import TOUCH_DAYS_MIN, Past
from shared.alignment.model import Model
from shared.alignment.quality import Alerts, Bin, Curve
from shared.alignment.risk import Coefficients, Floats, Paces
from shared.errors import Refused

RECALLS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Operating points to choose among."""
CANNOT_SHOW = (
    "These data say who touched whom and when. They judge silence only: never how anyone felt, whether aims "
    "matched, or whether the silence mattered."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one method's risks were worth; `brier` and `reliability` are None and empty for what is no probability."""

    name: str
    auc: float
    ap: float
    brier: float | None
    reliability: list[Bin]
    roc: Curve
    alerts: list[Alerts]
    """at each of the recalls, in their order; empty where nobody fell silent in time"""

    def at(self, recall: float) -> Alerts | None:
        """Return what alerting at this recall would have been like."""
        return next((alerts for alerts in self.alerts if alerts.wanted_recall == recall), None)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a backtest found."""

    horizon_days: float
    every_days: int
    first: float
    last: float
    """first and last decision, in days since 1970"""
    decisions: int
    relationships: int
    went_silent: int
    recall: float
    methods: list[Judged]


def backtest(pasts: Mapping[Paces, Past], models: Mapping[str, Model], recall: float) -> Report:
    """Judge the models and the rules of thumb on the same past decisions; raise Refused if they cannot tell.

    `pasts` holds these decisions with the terms of each model's half-lives of pace.
    """
    past = next(iter(pasts.values()))
    silent = past.went_silent
    if not silent.any() or silent.all():
        raise Refused(why_not(past))
    recalls = sorted({*RECALLS, recall})
    risks = {
        name: pasts[model.horizon.paces].risk(Coefficients(**model.risk.model_dump())) for name, model in models.items()
    }
    methods = [judged(past, name, risk, recalls, is_probability=True) for name, risk in risks.items()]
    methods += [judged(past, name, risk, recalls, is_probability=False) for name, risk in rules_of_thumb(past).items()]
    first, last = float(past.decided_at.min()), float(past.decided_at.max())
    counts = len(silent), len(np.unique(past.relationship)), int(silent.sum())
    return Report(past.horizon_days, past.every_days, first, last, *counts, recall, methods)


def rules_of_thumb(past: Past) -> dict[str, Floats]:
    """Return what most tools go by; numbers that rank, not probabilities."""
    return {
        "days since last touch": past.silence,
        "gap ÷ own mean gap": past.silence / np.maximum(past.mean_gap, 1),
    }


def judged(past: Past, name: str, risk: Floats, recalls: Sequence[float], is_probability: bool) -> Judged:
    """Return one method's figures."""
    silent = past.went_silent
    return Judged(
        name=name,
        auc=quality.area_under_curve(silent, risk),
        ap=quality.average_precision(silent, risk),
        brier=quality.brier(silent, risk) if is_probability else None,
        reliability=quality.reliability(silent, risk) if is_probability else [],
        roc=quality.roc(silent, risk),
        alerts=[found for recall in recalls if (found := quality.alerts(past, risk, recall))],
    )


def why_not(past: Past) -> str:
    """Say why there is nothing to compare, and what would help."""
    needed = (
        f"a backtest judges relationships with {TOUCH_DAYS_MIN} touch days, touched within the horizon "
        f"({past.horizon_days:g} days) and observed for another one"
    )
    if not len(past.decided_at):
        return f"{needed}: there is none; bring in a longer history (`attune import`), or try a shorter --horizon"
    outcome = "all" if past.went_silent.all() else "none"
    return f"{needed}: {outcome} of the {len(past.decided_at)} decisions ended in silence; try another --horizon"


def document(report: Report) -> dict[str, Any]:
    """Return the report for programs; a figure that does not apply is null."""
    task = {name: getattr(report, name) for name in ("horizon_days", "every_days", "decisions", "relationships")}
    period = {"first": day(report.first), "last": day(report.last), "went_silent": report.went_silent}
    methods = [as_document(method) for method in report.methods]
    return task | period | {"recall": report.recall, "methods": methods, "cannot_show": CANNOT_SHOW}


def as_document(method: Judged) -> dict[str, Any]:
    """Return one method's figures by name."""
    figures = {"name": method.name, "auc": method.auc, "ap": method.ap, "brier": method.brier}
    return figures | {
        "reliability": [one._asdict() for one in method.reliability],
        "alerts": [costs(alerts) for alerts in method.alerts],
    }


def costs(alerts: Alerts) -> dict[str, float]:
    """Return what alerting costs and brings, by name."""
    names = ("wanted_recall", "line", "recall", "lead_days", "false_share", "per_year", "false_per_year")
    return {name: getattr(alerts, name) for name in names}


def day(days: float) -> str:
    """Spell days since 1970 as a date."""
    return str(np.datetime64(int(days), "D"))
