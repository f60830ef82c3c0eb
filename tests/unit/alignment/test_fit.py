from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.alignment.fit import fit, refuse_too_few, weights
from shared.alignment.risk import FALLING, RISING, SHIPPED, Coefficients
from shared.errors import Refused
from tests.unit.alignment.pasts import decided, simulated

LAW = Coefficients(0.0, -0.5, 0.8, -1.0, 0.1, 0.4, 1.2, 0.3, 0.2, -0.4)
SLOPES = astuple(LAW)[1:]


def test_the_law_behind_many_decisions_is_found() -> None:
    fitted = fit(simulated(40_000, SLOPES), SHIPPED, ridge=1, resamples=1).coefficients

    assert astuple(fitted) == pytest.approx(astuple(LAW), abs=0.08)


def test_the_intervals_hold_the_law() -> None:
    fitted = fit(simulated(4_000, SLOPES), SHIPPED, ridge=0.01, resamples=50)

    inside = [a <= b <= c for a, b, c in zip(astuple(fitted.low), astuple(LAW), astuple(fitted.high), strict=True)]
    assert sum(inside) >= 8  # 95 % of ten, and a bit of luck


@given(seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_silence_never_lowers_the_risk_even_if_the_data_say_so(seed: int) -> None:
    against = (*SLOPES[:4], -1.0, -1.0, -1.0, 0.0, 1.0)

    fitted = fit(simulated(800, against, seed), SHIPPED, ridge=0.01, resamples=3)

    assert all(getattr(fitted.coefficients, name) == 0 for name in (*RISING, *FALLING))
    assert all(getattr(fitted.low, name) == 0 for name in RISING)
    assert all(getattr(fitted.high, name) == 0 for name in FALLING)


def test_terms_that_do_not_ship_are_held_lightly() -> None:
    fitted = fit(simulated(2_000, (*SLOPES[:-1], -1.0)), SHIPPED, resamples=1).coefficients

    assert fitted.initiative_trend < -0.7


def test_the_stronger_the_ridge_the_nearer_to_the_prior() -> None:
    past = simulated(2_000, SLOPES)

    def distance(ridge: float) -> float:
        fitted = astuple(fit(past, SHIPPED, ridge, resamples=1).coefficients)
        return float(np.linalg.norm(np.array(fitted[1:7]) - np.array(astuple(SHIPPED)[1:7])))

    assert distance(1) > distance(100) > distance(10_000)
    assert distance(1e9) == pytest.approx(0, abs=1e-3)


def test_equal_decisions_give_equal_coefficients_and_intervals() -> None:
    past = simulated(500, SLOPES)

    assert fit(past, SHIPPED, resamples=5) == fit(past, SHIPPED, resamples=5)


def test_whoever_lived_four_times_as_long_weighs_twice_as_much() -> None:
    past = decided((1, 5, 0, 9), *[(2, day, 0, 90) for day in (5, 12, 19, 26)])

    found = weights(past)

    assert found[1:].sum() == pytest.approx(2 * found[0])
    assert found.mean() == pytest.approx(1)


def test_too_few_data_are_refused_with_what_is_there_and_what_is_needed() -> None:
    past = simulated(120, SLOPES)
    silent = int(past.went_silent.sum())

    with pytest.raises(Refused) as refused:
        refuse_too_few(past)

    assert f"120 decisions on 30 relationships, {silent} of which ended in silence" in str(refused.value)
    assert "needed are 300 decisions on 20 relationships and 50 of each outcome" in str(refused.value)


def test_enough_data_are_not_refused() -> None:
    refuse_too_few(simulated(400, SLOPES))
