import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.alignment.forecast import FORESIGHT, falls_under, fell_under, rises_over
from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS, States, points
from tests.unit.alignment.states import NOON, ROW, states

MODEL = default_model()
SINCE = np.array([NOON])
DAY = DAY_SECONDS
WARM = {"contact": 4.0, "dialogue": 4.0, "depth": 2.0}
SHAKEN = {"contact": 4.0, "dialogue": 4.0, "depth": 4.0, "accord": 8.0, "strain": 1.5}
lines = st.floats(5, 95)


def score_at(these: States, moment: float) -> float:
    return float(points(these, np.array([moment]), MODEL)[0])


@given(row=ROW, line=lines)
def test_the_score_is_above_just_before_it_falls_and_under_just_after(row: dict[str, float], line: float) -> None:
    these = states(row | {"touch_days": 5.0})

    [moment] = falls_under(these, line, SINCE, MODEL)

    if not np.isnan(moment):
        assert moment >= NOON
        assert score_at(these, max(moment - 1.5, NOON)) >= line
        assert score_at(these, moment) < line


@given(row=ROW, line=lines)
def test_the_score_is_under_just_before_it_rises_and_above_just_after(row: dict[str, float], line: float) -> None:
    these = states(row | {"touch_days": 5.0})

    [moment] = rises_over(these, line, SINCE, MODEL)

    if not np.isnan(moment):
        assert score_at(these, max(moment - 1.5, NOON)) < line
        assert score_at(these, moment) >= line


@given(row=ROW, line=lines)
def test_the_first_crossing_counts(row: dict[str, float], line: float) -> None:
    these = states(row | {"touch_days": 5.0})
    every_day = np.arange(NOON, NOON + 800 * DAY, DAY)
    under = points(these, every_day, MODEL) < line
    falls = np.flatnonzero(~under[:-1] & under[1:])

    [moment] = falls_under(these, line, SINCE, MODEL)

    if falls.size:
        assert moment <= every_day[falls[0] + 1] + 1


def test_a_score_that_first_rises_is_forecast_to_fall_after_it_rose() -> None:
    these = states(SHAKEN)

    [rises], [falls] = rises_over(these, 60, SINCE, MODEL), falls_under(these, 60, SINCE, MODEL)

    assert score_at(these, NOON) < 60
    assert NOON < rises < falls


def test_what_lies_under_the_line_and_only_fades_is_never_forecast_to_cross() -> None:
    never = falls_under(states({"contact": 0.1}), 40, SINCE, MODEL)

    assert np.isnan(never).all()


def test_an_unknown_relationship_has_no_forecast() -> None:
    never = falls_under(states(WARM | {"touch_days": 1.0}), 40, SINCE, MODEL)

    assert np.isnan(never).all()


def test_what_holds_for_more_than_ten_years_is_never() -> None:
    lasting = MODEL.model_copy(
        update={"half_life_days": MODEL.half_life_days.model_copy(update={"accord": 36_000.0, "depth": 36_000.0})}
    )

    never = falls_under(states({"accord": 5.0, "depth": 5.0}), 40, SINCE, lasting)

    assert np.isnan(never).all()


def test_many_relationships_are_forecast_as_each_alone() -> None:
    rows = [WARM, SHAKEN, {"contact": 0.1}, {"contact": 9.0, "dialogue": 3.0, "strain": 0.5}]
    since = np.full(4, NOON)

    together = falls_under(states(*rows), 40, since, MODEL)

    alone = [falls_under(states(row), 40, SINCE, MODEL)[0] for row in rows]
    assert together == pytest.approx(alone, nan_ok=True)


def test_the_shortest_half_life_takes_no_more_memory() -> None:
    half_life = MODEL.half_life_days.model_copy(update={"contact": 1.0, "accord": 36_500.0})
    model = MODEL.model_copy(update={"half_life_days": half_life})
    many = states(*[SHAKEN] * 40)
    tracemalloc.start()

    falls_under(many, 40, np.full(40, NOON), model)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


def test_looking_back_finds_the_moment_that_was_forecast() -> None:
    these = states(WARM)
    forecast = falls_under(these, 40, SINCE, MODEL)

    found = fell_under(these, 40, SINCE, forecast + 30 * DAY, MODEL)

    assert found == pytest.approx(forecast, abs=1)


@given(line=lines, ago=st.floats(0, 3650))
def test_one_crossing_is_the_same_second_from_wherever_one_looks(line: float, ago: float) -> None:
    these = states(WARM)

    forecast = falls_under(these, line, SINCE, MODEL)
    found = fell_under(these, line, SINCE - ago * DAY, SINCE + 3000 * DAY, MODEL)

    assert found[0] == forecast[0] or np.isnan(forecast[0])


def test_what_was_under_the_line_from_the_start_fell_then() -> None:
    found = fell_under(states({"contact": 0.1}), 40, SINCE, SINCE + 30 * DAY, MODEL)

    assert found == pytest.approx(SINCE)


def test_what_is_above_the_line_never_fell() -> None:
    assert np.isnan(fell_under(states(WARM), 40, SINCE, SINCE, MODEL)).all()


def test_of_several_falls_the_first_is_forecast_and_the_last_says_since_when() -> None:
    brief = MODEL.model_copy(
        update={"half_life_days": MODEL.half_life_days.model_copy(update={"contact": 1.0, "accord": 200.0})}
    )
    dips = states({"contact": 3.0, "accord": 5.0, "strain": 1.0})

    first = falls_under(dips, 23, SINCE, brief)
    rise = rises_over(dips, 23, first, brief)
    second = falls_under(dips, 23, rise, brief)

    assert NOON < first < rise < second
    assert fell_under(dips, 23, SINCE, first + DAY / 2, brief) == pytest.approx(first, abs=1)
    assert fell_under(dips, 23, SINCE, second + DAY, brief) == pytest.approx(second, abs=1)


def test_the_future_reaches_ten_years() -> None:
    assert pytest.approx(10, rel=1e-3) == FORESIGHT / (365.25 * DAY)
