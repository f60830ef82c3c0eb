import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.history import past_of_csv
from shared.alignment import quality
from shared.alignment.risk import SHIPPED
from tests.unit.alignment.pasts import decided

SHARED = Path(__file__).parents[4] / "shared"
PEERS = Path(__file__).parents[3] / ".venv-peers" / "bin" / "python"
INF = float("inf")


def flags(text: str) -> Any:
    return np.array([letter == "+" for letter in text])


def test_the_area_is_the_share_of_pairs_in_the_right_order_ties_half() -> None:
    # pairs: 3>2 right, 3>1 right, 2=2 half, 2>1 right
    assert quality.area_under_curve(flags("++--"), np.array([3.0, 2, 2, 1])) == 3.5 / 4


def test_there_is_no_area_where_one_outcome_is_missing() -> None:
    assert np.isnan(quality.area_under_curve(flags("++"), np.array([1.0, 2])))
    assert np.isnan(quality.area_under_curve(flags("--"), np.array([1.0, 2])))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_ranking_the_other_way_round_mirrors_the_area(rows: list[tuple[bool, int]]) -> None:
    silent, risk = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])

    area = quality.area_under_curve(silent, risk)

    assert np.isnan(area) or quality.area_under_curve(silent, -risk) == pytest.approx(1 - area)


def test_average_precision_is_the_mean_precision_at_each_silent_one() -> None:
    # found at ranks 1 and 3: precision 1 and 2/3
    assert quality.average_precision(flags("+-+-"), np.array([4.0, 3, 2, 1])) == pytest.approx((1 + 2 / 3) / 2)


def test_equal_risks_are_found_together() -> None:
    assert quality.average_precision(flags("+-"), np.array([1.0, 1])) == 0.5


def test_brier_is_the_mean_squared_error() -> None:
    assert quality.brier(flags("+-"), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)


def test_reliability_counts_each_decision_once_and_a_certain_one_in_the_last_bin() -> None:
    found = quality.reliability(flags("+-++"), np.array([0.05, 0.09, 0.55, 1.0]))

    assert [(one.decisions, one.silent_share) for one in found] == [(2, 0.5), (1, 1.0), (1, 1.0)]
    assert (found[-1].risk_min, found[-1].risk_max) == (0.9, 1.0)
    assert found[0].mean_risk == pytest.approx(0.07)


def test_the_curve_goes_from_corner_to_corner() -> None:
    curve = quality.roc(flags("+-+"), np.array([3.0, 2, 1]))

    assert curve.true_share.tolist() == [0, 0.5, 0.5, 1]
    assert curve.false_share.tolist() == [0, 0, 1, 1]


# Horizon 30: a silence since day 0 can be alerted until day 15.
DORMANT = [(1, 5, 0, INF), (1, 12, 0, INF)]
BRIEF = [(2, 5, 0, 20), (2, 12, 0, 20)]


def test_a_silence_is_alerted_once_at_the_first_decision_over_the_line() -> None:
    found = quality.alerts(decided(*DORMANT, *BRIEF), np.array([0.2, 0.9, 0.1, 0.3]), 0.8)

    assert found
    assert (found.line, found.recall, found.false_share) == (0.9, 1.0, 0.0)
    assert found.lead_days == 18  # the plain rule speaks on day 30, the alert on day 12
    assert found.alerted_at.tolist() == [12]


def test_an_alert_on_a_silence_that_ends_within_the_horizon_is_false() -> None:
    found = quality.alerts(decided(*DORMANT, *BRIEF), np.array([0.2, 0.3, 0.5, 0.6]), 0.8)

    assert found
    assert found.false_share == 0.5
    assert found.per_year == pytest.approx(2 / (4 * 7 / 365.25))
    assert found.false_per_year == pytest.approx(1 / (4 * 7 / 365.25))


def test_a_decision_less_than_half_a_horizon_before_the_plain_rule_comes_too_late() -> None:
    found = quality.alerts(decided(*DORMANT, (1, 16, 0, INF)), np.array([0.1, 0.2, 0.9]), 0.8)

    assert found
    assert found.line == 0.2


def test_a_touch_begins_a_new_silence() -> None:
    found = quality.alerts(decided((1, 5, 0, 8), (1, 12, 8, INF)), np.array([0.9, 0.9]), 0.8)

    assert found
    assert found.is_true.tolist() == [False, True]


# 0.55 * 100 is 55.00000000000001
@pytest.mark.parametrize(("count", "recall"), [(5, 0.8), (100, 0.55)])
def test_the_line_is_the_highest_that_foresees_enough(count: int, recall: float) -> None:
    rows = [(who, 5, 0, INF) for who in range(count)]

    found = quality.alerts(decided(*rows), np.arange(count) / count, recall)

    assert found
    assert found.line == pytest.approx(1 - recall)
    assert found.recall == recall


def test_without_dormancies_there_is_nothing_to_foresee() -> None:
    assert quality.alerts(decided(*BRIEF), np.array([0.1, 0.2]), 0.8) is None


@pytest.fixture
def python() -> str:
    """Where the outside script runs: the environment of `make peers`, for attune does without what it needs."""
    if not (SHARED / "evaluate_drift.py").exists() or not PEERS.exists():
        pytest.skip("needs ../shared beside this checkout, and pandas and scikit-learn from `make peers`")
    return str(PEERS)


OUTSIDE = """
import json, sys
import numpy as np
import evaluate_drift as script

events, directory = sys.argv[1:]
task = script.Task(script.load_events(events), 90, 14)
# One order for both: the script's goes by name, ours by date.
order = np.lexsort((task.last, task.next, task.D))
risk = np.empty(len(order))
risk[order] = np.load(directory + "/risk.npy")
figures = script.evaluate(task, {"x": risk}, boot=0)["x"]
decisions = {"decided_at": task.D[order].tolist(), "went_silent": task.y[order].astype(bool).tolist()}
print(json.dumps(decisions | {name: float(figures[name]) for name in sys.stdin.read().split()}))
"""


def test_figures_are_those_of_the_outside_script(python: str, tmp_path: Path) -> None:
    events = SHARED / "data" / "cdnow_purchases_sample.csv.gz"
    past = past_of_csv(events, 90, 14)
    risk, later = past.risk(SHIPPED), past.split(0.4)[1]
    order = np.lexsort((past.last_touch, past.next_touch, past.decided_at))
    np.save(tmp_path / "risk.npy", risk[order])

    figures = "auc ap brier_raw false lead alerts_y"
    said = subprocess.run(
        [python, "-B", "-c", OUTSIDE, events, tmp_path],
        cwd=SHARED,
        input=figures,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not said.returncode, said.stderr
    wanted = json.loads(said.stdout)

    assert past.decided_at[order] == pytest.approx(wanted["decided_at"])
    assert past.went_silent[order].tolist() == wanted["went_silent"]
    risk = later.risk(SHIPPED)
    found = quality.alerts(later, risk, 0.8)
    assert found
    assert quality.area_under_curve(later.went_silent, risk) == pytest.approx(wanted["auc"])
    assert quality.average_precision(later.went_silent, risk) == pytest.approx(wanted["ap"])
    assert quality.brier(later.went_silent, risk) == pytest.approx(wanted["brier_raw"])
    assert found.false_share == pytest.approx(wanted["false"])
    assert found.lead_days == pytest.approx(wanted["lead"])
    assert found.per_year == pytest.approx(wanted["alerts_y"])
