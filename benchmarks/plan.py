"""Plans against simple rules with the same hours: who keeps more people above the line, and how fast a plan is made.

    python -m benchmarks.plan [--seeds N] [--weeks 16] [--population NAME] [--speed]

Every Monday each policy spends the same hours; between touches people fade as the model says, and what happens to
them anyway (drawn, or replayed from ../shared/data) happens under every policy alike. Counted are stakeholder-days
under the line, as a share of all. The simple rules choose among five touches (a call of 15 minutes, a meeting of 30
or of 60, an hour with up to five or eight of a group) and are shown with the one that serves them best on the same
seeds. Each seed of a replay is another person of the data, and nobody comes twice. Intervals are Student's, 95 %,
over seeds (where worlds are spread evenly, by the differences between neighbours); a policy is `apart` where its
interval and the plan's do not overlap, which asks more than p < 0.05. `saved` is the paired difference to the plan.
Some worlds are kinder than others, to every policy alike: `in the same worlds` stand the intervals without what the
two have in common (within-subject intervals: Loftus and Masson 1994).
Writes benchmarks/out/plan.json and docs/plan.svg; with `--population` only those are lived anew, and the others stay
as they were. `--speed` measures how long whole proposals for 200 and for 2000 relationships take instead.
"""

import argparse
import json
import math
from html import escape
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import t as student_t  # type: ignore[import-untyped]  # SciPy ships no types

from benchmarks.plan_policies import lived, policies
from benchmarks.plan_speed import SPEED, measure
from benchmarks.plan_worlds import ROOT, Population, populations
from shared.alignment.reading import Floats

OUT = ROOT / "benchmarks" / "out" / "plan.json"
PLOT = ROOT / "docs" / "plan.svg"


def interval(values: Floats, strata: Floats | None) -> tuple[float, float]:
    """Return Student's 95 % interval of the mean."""
    half = half_interval(values, strata)
    return float(values.mean()) - half, float(values.mean()) + half


def half_interval(values: Floats, strata: Floats | None) -> float:
    """Return half of Student's 95 % interval of the mean.

    Worlds that are spread evenly differ from each other by more than a mean over them does: what it errs by is told by
    the differences between neighbours (Wolter 2007, section 8.2, estimator v2).
    """
    count = values.size
    if strata is None:
        variance = float(values.var(ddof=1)) / count
    else:
        steps = np.diff(values[np.argsort(strata)])
        variance = float((steps**2).sum()) / (2 * count * (count - 1))
    return float(student_t.ppf(0.975, count - 1)) * math.sqrt(variance)


class Outcome(NamedTuple):
    """What one policy left under the line: shares of all stakeholder-days."""

    under: float
    interval: tuple[float, float]
    saved: float
    """by the plan, beside this policy, on the same seeds"""
    saved_interval: tuple[float, float]
    beside: float
    """half of the 95 % interval of this policy, and of the plan's beside it, in the worlds they share"""
    is_apart_alone: bool
    """whether the plan's own interval lies below this policy's"""
    seeds: list[float]

    @property
    def is_apart(self) -> bool:
        """Tell whether the plan's interval in these worlds lies below this one's."""
        return self.saved > 2 * self.beside


def judged(population: Population, seeds: int, weeks: int) -> dict[str, Outcome]:
    """Return for each policy its share under the line, and how much the plan saves."""
    worlds = [population.draw(seed, 7 * weeks) for seed in range(min(seeds, population.seeds))]
    lives = [
        {name: [lived(world, its, weeks, seed) for its in variants] for name, variants in policies()}
        for seed, world in enumerate(worlds)
    ]
    tried = {name: np.array([its[name] for its in lives]) for name in lives[0]}
    shares = {name: its[:, its.mean(axis=0).argmin()] for name, its in tried.items()}
    strata = None if worlds[0].stratum is None else np.array([world.stratum for world in worlds], dtype=np.float64)
    return {name: outcome(its, shares["plan"], strata) for name, its in shares.items()}


def outcome(shares: Floats, plan: Floats, strata: Floats | None) -> Outcome:
    """Sum up what one policy left under the line, seed by seed, beside the plan."""
    saved, own = shares - plan, interval(shares, strata)
    return Outcome(
        float(shares.mean()),
        own,
        float(saved.mean()),
        interval(saved, strata),
        half_interval(saved, strata) / math.sqrt(2),
        interval(plan, strata)[1] < own[0],
        shares.tolist(),
    )


def show(name: str, outcomes: dict[str, Outcome]) -> None:
    """Print one population's table."""
    title = f"{name}, {len(outcomes['plan'].seeds)} seeds"
    columns = ("policy", "under the line", "95 %", "apart", "saved by the plan", "95 %", "in the same worlds", "apart")
    table = Table(*columns, title=title)
    plan = outcomes["plan"]
    for policy, its in outcomes.items():
        low, high = its.interval
        less, more = (f"{100 * bound:.1f}" for bound in its.saved_interval)
        beside = f"{its.under:.1%} and {plan.under:.1%} ± {100 * its.beside:.1f}"
        apart, within = ("yes" if one else "no" for one in (its.is_apart_alone, its.is_apart))
        facts = (f"{its.under:.1%}", f"{low:.1%} to {high:.1%}")
        if its is plan:
            table.add_row(policy, *facts)
        else:
            table.add_row(policy, *facts, apart, f"{100 * its.saved:.1f}", f"{less} to {more}", beside, within)
    Console(width=150).print(table)


def of_rules(figures: dict[str, dict[str, Outcome]]) -> list[tuple[str, str, Outcome]]:
    """Return the outcomes of the simple rules, with population and name."""
    names = [name for name, _ in policies() if not name.startswith(("plan", "nobody"))]
    return [(population, name, its[name]) for population, its in figures.items() for name in names]


def verdict(figures: dict[str, dict[str, Outcome]]) -> str:
    """Say whether the plan's interval lies below that of each rule in each population, and where it does not."""
    touching = [f"{name} ({population})" for population, name, its in of_rules(figures) if not its.is_apart_alone]
    if touching:
        return f"The plan's interval does not lie below that of {', '.join(touching)}."
    return f"The plan's interval lies below that of each rule in each of {len(figures)} populations."


def plot(figures: dict[str, dict[str, Outcome]]) -> str:
    """Draw what each policy leaves under the line beyond the plan, in points, with intervals."""
    rows = of_rules(figures)
    high = max(its.saved_interval[1] for _, _, its in rows)
    low = min(0.0, *(its.saved_interval[0] for _, _, its in rows))
    body, y, seen = list[str](), 30, ""

    def x(value: float) -> float:
        return 330 + 380 * (value - low) / (high - low)

    for population, name, its in rows:
        if population != seen:
            y += 22
            body.append(f'<text x="8" y="{y + 4}" font-weight="bold">{escape(population)}</text>')
            seen = population
        less, more = its.saved_interval
        body.append(f'<text x="200" y="{y + 4}">{escape(name)}</text>')
        body.append(f'<path stroke="currentColor" stroke-width="2" d="M{x(less):.1f} {y}H{x(more):.1f}"/>')
        body.append(f'<circle cx="{x(its.saved):.1f}" cy="{y}" r="4" fill="currentColor"/>')
        y += 18
    zero = f'<path stroke="currentColor" stroke-dasharray="2 4" d="M{x(0):.1f} 20V{y}"/>'
    title = "Share of stakeholder-days under the line that each rule loses beside the plan, same hours"
    box = f'viewBox="0 0 730 {y + 30}" font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    scale = "".join(
        f'<text x="{x(value):.1f}" y="{y + 16}" text-anchor="middle">{100 * value:.0f} pts</text>'
        for value in np.linspace(0, high, 4)
    )
    return f'{head}<title>{title}</title><text x="8" y="16">{title}</text>{zero}{"".join(body)}{scale}</svg>\n'


def main() -> None:
    """Simulate, print the tables, and leave figures and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, help="so many worlds of each population at most")
    parser.add_argument("--weeks", type=int, default=16)
    parser.add_argument("--population", metavar="NAME", help="only those whose names begin so")
    parser.add_argument("--speed", action="store_true")
    wanted = parser.parse_args()
    if wanted.speed:
        for count, hours, owners in SPEED:
            measure(count, hours, owners)
        return
    figures = kept() if wanted.population else {}
    for name, population in populations(7 * wanted.weeks).items():
        if name.startswith(wanted.population or ""):
            figures[name] = judged(population, wanted.seeds or population.seeds, wanted.weeks)
            show(name, figures[name])
            keep(figures)
    print(verdict(figures))


def kept() -> dict[str, dict[str, Outcome]]:
    """Return what earlier runs have found."""
    found = json.loads(OUT.read_text()) if OUT.exists() else {}
    return {at: {who: Outcome(**its) for who, its in policies.items()} for at, policies in found.items()}


def keep(figures: dict[str, dict[str, Outcome]]) -> None:
    """Leave figures and plot."""
    OUT.parent.mkdir(exist_ok=True)
    documents = {at: {who: its._asdict() for who, its in found.items()} for at, found in figures.items()}
    OUT.write_text(json.dumps(documents, indent=1))
    PLOT.write_text(plot(figures))


if __name__ == "__main__":
    main()
