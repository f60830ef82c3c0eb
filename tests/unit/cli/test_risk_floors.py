"""How well the shipped risk foresees silence on real data: the floors of issue 3, file by file.

The labels follow the task of ../shared/evaluate_drift.py, in numpy alone: on each decision date a pair
with three touch days, touched within the horizon and whose ego is observed for another one, is judged;
it went silent if no touch came within the horizon. The later 40 % of the dates count.
"""

import csv
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

from services.cli.commands.risk import risk as command
from services.cli.events_csv import read_touches
from services.cli.replay import DAY
from shared.alignment.risk import Floats

SHARED = Path(__file__).parents[4] / "shared" / "data"
TOUCH_DAYS_MIN = 3
TEST_SHARE = 0.4

FLOORS = [
    ("enron_email", 30, 7, 0.735),
    ("manufacturing_email", 30, 7, 0.760),
    ("college_messages", 14, 4, 0.735),
    ("reality_phone", 30, 7, 0.780),
    ("cdnow_purchases_sample", 90, 14, 0.685),
    ("mep_meetings_a", 120, 14, 0.655),
    ("oss_commits_a", 90, 14, 0.830),
]


class Judged(NamedTuple):
    """One decision on one pair, and what came of it."""

    ego: str
    stakeholder: str
    decided_at: str
    went_silent: bool


def touches_of(events: Path) -> dict[str, Floats]:
    numbers: dict[bytes, int] = {}
    chunks = list(read_touches(events, numbers))
    moments = np.concatenate([chunk.moments for chunk in chunks]) / DAY
    met = np.concatenate([chunk.relationships for chunk in chunks])
    order = np.lexsort((moments, met))
    cuts = np.flatnonzero(np.diff(met[order])) + 1
    names = (key.decode() for key in numbers)
    return dict(zip(names, np.split(moments[order], cuts), strict=True))


def decision_dates(moments: Floats, horizon: float, step: int) -> Floats:
    start = np.ceil(np.floor(moments.min()) + max(2 * horizon, 60))
    return np.arange(start, moments.max() - horizon + 1e-9, step)


def judgements(pairs: dict[str, Floats], dates: Floats, horizon: float) -> list[Judged]:
    ego_end: dict[str, float] = defaultdict(float)
    for key, moments in pairs.items():
        ego = key.partition("\0")[0]
        ego_end[ego] = max(ego_end[ego], moments[-1])
    found = []
    for key, moments in pairs.items():
        ego, _, stakeholder = key.partition("\0")
        days = np.unique(np.floor(moments))
        for date in dates[dates + horizon <= ego_end[ego]] if len(days) >= TOUCH_DAYS_MIN else ():
            at = int(np.searchsorted(moments, date))
            if days[TOUCH_DAYS_MIN - 1] < date and date - moments[at - 1] <= horizon:
                is_silent = at == len(moments) or moments[at] >= date + horizon
                found.append(Judged(ego, stakeholder, spelled(date), bool(is_silent)))
    return found


def spelled(date: float) -> str:
    return f"{np.datetime64(int(date), 'D')}T00:00:00Z"


def area_under_curve(silent: Floats, other: Floats) -> float:
    below = np.searchsorted(np.sort(other), silent, "left")
    not_above = np.searchsorted(np.sort(other), silent, "right")
    return float((below + not_above).mean() / 2 / len(other))


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not beside this checkout")
@pytest.mark.parametrize(("name", "horizon", "step", "floor"), FLOORS)
def test_the_shipped_risk_ranks_real_silences_at_least_as_well_as_its_floor(
    tmp_path: Path, name: str, horizon: int, step: int, floor: float
) -> None:
    events, dates_file, out = SHARED / f"{name}.csv.gz", tmp_path / "dates.csv", tmp_path / "out.csv"
    pairs = touches_of(events)
    dates = decision_dates(np.concatenate(list(pairs.values())), horizon, step)
    judged = judgements(pairs, dates[int(len(dates) * (1 - TEST_SHARE)) :], horizon)
    dates_file.write_text("\n".join(["decided_at", *map(spelled, dates)]))

    words = ["--events", events, "--dates", dates_file, "--out", out, "--horizon", horizon]
    CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False, standalone_mode=False)

    with out.open(encoding="utf-8", newline="") as text:
        risks = {tuple(row[:3]): float(row[3]) for row in list(csv.reader(text))[1:]}
    scores = np.array([risks[one[:3]] for one in judged])  # every judged decision has its risk
    silent = np.array([one.went_silent for one in judged])
    assert area_under_curve(scores[silent], scores[~silent]) >= floor
