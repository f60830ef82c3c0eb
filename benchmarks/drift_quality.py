"""How well `attune risk` foresees silence on real data, beside the baselines of ../shared/evaluate_drift.py.

    python -m benchmarks.drift_quality [--no-baselines] [FILE ...]

For each events file of ../shared/data (or only those named, such as `enron_email`), with the horizon and
the step that the script presets for it: `attune risk` with the shipped coefficients on the decision dates,
judged by the script on the later 40 % of the time. Prints AUC, average precision (AP), Brier score (after
calibration on the earlier period, and raw), share of false alerts and median lead in days at recall 0.8;
writes everything to benchmarks/out/drift_quality.json. About ten minutes; one without the baselines.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.baselines import PEERS

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SCRIPT = SHARED / "evaluate_drift.py"
OUT = ROOT / "benchmarks" / "out" / "drift_quality.json"
FIGURES = ("auc", "ap", "brier", "brier_raw", "false", "lead")
WRONG_USAGE = 2

Results = dict[str, dict[str, Any]]


def presets() -> dict[str, tuple[float, int]]:
    """Return the script's horizon and step, in days, by name of file."""
    say = "import json, evaluate_drift; print(json.dumps(evaluate_drift.PRESETS))"
    done = subprocess.run([PEERS, "-c", say], cwd=SHARED, check=True, capture_output=True, text=True)
    found: dict[str, tuple[float, int]] = json.loads(done.stdout)
    return found


def called(*command: object) -> None:
    """Run a program; what it says is shown only if it fails."""
    done = subprocess.run(list(map(str, command)), cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def judged(events: Path, horizon: float, directory: Path, command: Sequence[object]) -> Results:
    """Run one command of the script on `events` and return its figures by method."""
    figures = directory / "figures.json"
    called(PEERS, SCRIPT, command[0], events, *command[1:], "--horizon", horizon, "--json", figures)
    found: Results = json.loads(figures.read_text())["results"]
    return found


def measured(events: Path, horizon: float, with_baselines: bool) -> Results:
    """Return the figures of `attune risk` on one file, and of the baselines if wanted."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        dates, scores = directory / "dates.csv", directory / "scores.csv"
        called(PEERS, SCRIPT, "dates", events, "--out", dates)
        options = ("--events", events, "--dates", dates, "--out", scores, "--horizon", horizon)
        called(sys.executable, "-m", "services.cli.app", "risk", *options)
        engine = judged(events, horizon, directory, ("score", "--scores", scores))["ENGINE"]
        baselines = judged(events, horizon, directory, ("baselines", "--bootstrap", 0)) if with_baselines else {}
    return {"attune risk": engine} | baselines


def rows(results: Results) -> Iterator[list[str]]:
    """Yield a line of text per method; a figure that does not apply is a dash."""
    for method, figures in results.items():
        values = [figures.get(name) for name in FIGURES]
        yield [method, *("-" if value is None else f"{value:.3f}" for value in values)]


def show(name: str, horizon: float, results: Results) -> None:
    """Print one file's table."""
    table = Table(*("method", *FIGURES), title=f"{name} (horizon {horizon:g} days)", title_justify="left")
    for row in rows(results):
        table.add_row(*row, style="bold" if row[0] == "attune risk" else "")
    Console(width=110).print(table)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="names without .csv.gz; all when absent")
    parser.add_argument("--no-baselines", action="store_true", help="only attune risk")
    return parser.parse_args()


def main() -> int:
    """Measure every file and leave the figures in benchmarks/out."""
    wanted = arguments()
    if not SCRIPT.exists():
        print(f"skipped: {SCRIPT} is not here; the data lie outside of this repository")
        return 0
    if not PEERS.exists():
        print("the script needs pandas and scikit-learn: `make peers` installs them beside attune")
        return WRONG_USAGE
    files = {name: preset for name, preset in presets().items() if name in (wanted.files or [name])}
    figures = {}
    for name, (horizon, _) in files.items():
        figures[name] = measured(SHARED / "data" / f"{name}.csv.gz", horizon, not wanted.no_baselines)
        show(name, horizon, figures[name])
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1))
    print(f"all figures: {OUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
