from dataclasses import replace
from time import monotonic

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.alignment.hindsight import DAY, Hindsight
from shared.alignment.risk import SHIPPED, TouchDays, risk
from tests.unit.alignment.pasts import HORIZON, taken

# The records begin at day 0, so the first decision is at day 60; somebody else is touched until day 400.
OTHERS = [0.0, *range(5, 400, 5)]


def decisions_on(days: list[float], until: float = 400) -> dict[float, bool]:
    past = taken({0: [day for day in OTHERS if day <= until], 1: days}).past()
    mine = past.relationship == 1
    return dict(zip(past.decided_at[mine].tolist(), past.went_silent[mine].tolist(), strict=True))


def test_whoever_is_touched_within_the_horizon_did_not_go_silent() -> None:
    assert decisions_on([50, 55, 59, 89.5])[60] is False


def test_a_touch_a_whole_horizon_later_comes_too_late() -> None:
    assert decisions_on([50, 55, 59, 90])[60] is True


def test_decisions_come_every_so_many_days_after_the_warm_up_while_the_last_touch_is_within_the_horizon() -> None:
    assert list(decisions_on([50, 55, 59])) == [60, 67, 74, 81, 88]


def test_a_last_touch_exactly_a_horizon_ago_still_counts() -> None:
    assert 67 in decisions_on([30, 35, 37])
    assert 67 not in decisions_on([30, 35, 36.9])


def test_two_touch_days_are_not_enough_however_many_touches_they_hold() -> None:
    assert decisions_on([50, 50.2, 50.4, 59]) == {}


def test_a_touch_at_the_very_moment_of_the_decision_is_not_known_yet() -> None:
    assert 60 not in decisions_on([50, 55, 60])
    assert decisions_on([50, 55, 59, 60])[60] is False


def test_what_the_records_end_before_is_not_judged() -> None:
    assert list(decisions_on([50, 55, 59], until=100)) == [60, 67]


def test_each_initiative_is_observed_until_its_own_last_touch() -> None:
    past = taken({0: OTHERS, 1: [50, 55, 59], 2: [52, 57, 80]}, initiatives=[0, 1, 1]).past()

    assert past.decided_at[past.relationship == 1].tolist() == []
    assert 1 not in past.relationship


def test_the_risk_is_that_of_what_was_known_then() -> None:
    days = [41.3, 50.1, 59.9, 77.7]

    past = taken({0: OTHERS, 1: days}).past()

    for row in np.flatnonzero(past.relationship == 1):
        at = past.decided_at[row]
        known = TouchDays.of([int(day) for day in days if day < at], HORIZON)
        assert past.risk(SHIPPED)[row] == pytest.approx(risk(known, at, HORIZON)[0], abs=1e-5)


def test_the_earlier_period_holds_only_what_had_come_out_before_the_later_one_begins() -> None:
    earlier, later = taken({0: OTHERS}).past().split(0.4)

    assert len(later.decided_at) == pytest.approx(0.4 * len(earlier.dates), abs=1)
    assert earlier.decided_at.max() + HORIZON <= later.decided_at.min()


def test_nothing_taken_leaves_nothing_to_judge() -> None:
    earlier, later = taken({}).past().split(0.4)

    assert (len(earlier.decided_at), len(later.decided_at)) == (0, 0)


@given(data=st.data())
def test_how_touches_are_cut_into_blocks_changes_no_decision(data: st.DataObject) -> None:
    moments = np.array(sorted(data.draw(st.lists(st.integers(0, 200 * DAY), min_size=1, max_size=60))), np.int64)
    rows = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(moments), max_size=len(moments))), np.int64)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(moments)), max_size=4)))
    whole, parts = (Hindsight(np.zeros(3, np.int64), HORIZON, 7) for _ in range(2))

    whole.take(moments, rows)
    for block, those in zip(np.split(moments, cuts), np.split(rows, cuts), strict=True):
        parts.take(block, those)

    one, other = whole.past(), parts.past()
    for name in ("dates", "relationship", "decided_at", "last_touch", "next_touch", "mean_gap", "terms"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


def test_ten_thousand_years_of_silence_are_decided_on_at_once() -> None:
    late = 3_650_000
    began = monotonic()

    past = taken({0: [day for at in (0, late) for day in range(at, at + 200, 10)]}).past()

    assert monotonic() - began < 5
    assert past.dates.tolist() == list(range(60, late + 190 - 30 + 1, 7))
    early, again = past.decided_at[past.decided_at < late], past.decided_at[past.decided_at >= late]
    assert (early[0], early[-1], again[-1]) == (60, 60 + 22 * 7, past.dates[-1])
    assert past.last_touch[len(early)] == late


def test_wild_coefficients_give_a_probability_all_the_same() -> None:
    past = taken({0: OTHERS}).past()

    for intercept in (-1e4, 1e4):
        assert past.risk(replace(SHIPPED, intercept=intercept)) == pytest.approx(float(intercept > 0))
