"""The laws of risk: what order, repetition and silence may and may not do to it."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.alignment.risk import (
    FALLING,
    PACES,
    RISING,
    SHIPPED,
    Coefficients,
    Surroundings,
    TouchDays,
    log_odds,
    risk,
    terms,
)

HORIZON = 30.0
days = st.lists(st.integers(14_000, 21_000), min_size=1, max_size=40)
horizons = st.floats(1, 3650)
silences = st.floats(0, 40_000)
WEEKLY = TouchDays.of(range(18_000, 18_364, 7), HORIZON)
FITTED = replace(SHIPPED, silence=0.2, initiative_pace=0.3, initiative_trend=-0.4)


def columns(state: TouchDays) -> list[float]:
    names = ("first_day", "last_day", "longest_gap", "pace_fast", "pace", "pace_slow")
    return [float(getattr(state, name)[0]) for name in names]


def together(pairs: list[list[int]], horizon: float) -> TouchDays:
    each = [TouchDays.of(known, horizon) for known in pairs]
    return TouchDays(*(np.concatenate([getattr(one, column.name) for one in each]) for column in fields(TouchDays)))


def lived_through(known: list[int], horizon: float) -> TouchDays:
    state = TouchDays.none(1)
    for day in sorted(known):
        state.touch(np.array([0]), day, horizon)
    return state


@given(known=days, horizon=horizons, seed=st.randoms())
def test_the_order_of_touch_days_does_not_matter(known: list[int], horizon: float, seed: object) -> None:
    shuffled = known.copy()
    seed.shuffle(shuffled)  # type: ignore[attr-defined]

    assert columns(TouchDays.of(shuffled, horizon)) == columns(TouchDays.of(known, horizon))


@given(known=days, horizon=horizons)
def test_a_chatty_day_is_one_day(known: list[int], horizon: float) -> None:
    assert columns(TouchDays.of(known * 3, horizon)) == columns(TouchDays.of(known, horizon))
    assert columns(lived_through(known * 3, horizon)) == columns(lived_through(known, horizon))


@given(known=days, horizon=horizons)
def test_living_through_the_days_equals_computing_from_their_set(known: list[int], horizon: float) -> None:
    assert columns(lived_through(known, horizon)) == pytest.approx(columns(TouchDays.of(known, horizon)))


@given(one=days, other=days, horizon=horizons)
def test_the_sums_of_two_parts_add_up_to_the_sums_of_the_whole(
    one: list[int], other: list[int], horizon: float
) -> None:
    rest = sorted(set(other) - set(one)) or [30_000]
    whole, a, b = (TouchDays.of(part, horizon) for part in ([*one, *rest], one, rest))

    for m, name in zip(PACES, ("pace_fast", "pace", "pace_slow"), strict=True):
        faded = [getattr(part, name) * np.exp2((part.last_day - whole.last_day) / (m * horizon)) for part in (a, b)]
        assert sum(faded) == pytest.approx(getattr(whole, name))


@given(known=days, horizon=horizons, taken_back=st.integers(0, 39))
def test_a_day_taken_back_leaves_what_would_have_been_without_it(
    known: list[int], horizon: float, taken_back: int
) -> None:
    kept = sorted(set(known))
    removed = kept.pop(taken_back % len(kept))
    if not kept or removed > kept[-1]:
        return
    whole, rest = TouchDays.of(known, horizon), TouchDays.of(kept, horizon)

    subtracted = whole.pace - np.exp2((removed - whole.last_day) / horizon)

    assert subtracted == pytest.approx(rest.pace, rel=1e-9, abs=1e-9)


@given(known=days, horizon=horizons, first=silences, second=silences)
def test_risk_only_rises_in_silence(known: list[int], horizon: float, first: float, second: float) -> None:
    state = TouchDays.of(known, horizon)
    sooner, later = sorted((first, second))

    assert risk(state, state.last_day + later, horizon) >= risk(state, state.last_day + sooner, horizon)


@given(pairs=st.lists(days, min_size=1, max_size=4), horizon=horizons, first=silences, second=silences)
def test_risk_with_terms_of_the_initiative_only_rises_while_nothing_happens_in_it(
    pairs: list[list[int]], horizon: float, first: float, second: float
) -> None:
    known, initiatives = together(pairs, horizon), np.zeros(len(pairs), np.int64)
    around = Surroundings.of(known, initiatives, horizon)
    last, (sooner, later) = known.last_day.max(), sorted((first, second))

    before, after = (risk(known, last + silence, horizon, FITTED, around) for silence in (sooner, later))

    assert (after >= before).all()


@given(pairs=st.lists(days, min_size=1, max_size=4), horizon=horizons)
def test_an_initiative_has_the_touch_days_of_all_its_relationships(pairs: list[list[int]], horizon: float) -> None:
    around = Surroundings.of(together(pairs, horizon), np.zeros(len(pairs), np.int64), horizon)

    all_days = np.array([day for one in pairs for day in sorted(set(one))])
    last = all_days.max()
    assert around.last_day.tolist() == [last] * len(pairs)
    assert around.pace == pytest.approx(np.exp2((all_days - last) / horizon).sum())
    assert around.pace_fast == pytest.approx(np.exp2((all_days - last) / horizon * 4).sum())


def test_a_relationship_alone_in_its_initiative_is_its_own_surroundings() -> None:
    around = Surroundings.of(WEEKLY, np.array([0]), HORIZON)

    assert risk(WEEKLY, 18_400, HORIZON, FITTED, around) == pytest.approx(risk(WEEKLY, 18_400, HORIZON, FITTED))


@given(known=days, horizon=horizons, silence=silences)
def test_risk_stays_between_zero_and_one_and_is_a_number(known: list[int], horizon: float, silence: float) -> None:
    state = TouchDays.of(known, horizon)

    value = risk(state, state.last_day + silence, horizon)

    assert 0 < value < 1


@pytest.mark.parametrize("horizon", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("known", [[0], [0, 1], [0, 10**7], list(range(20_000)), [-(10**6), 10**6]])
@pytest.mark.parametrize("silence", [0.0, 1e-9, 1e12])
def test_the_most_extreme_states_have_a_finite_risk(known: list[int], horizon: float, silence: float) -> None:
    state = TouchDays.of(known, horizon)

    value = risk(state, state.last_day + silence, horizon)

    assert np.isfinite(value)
    assert 0 < value < 1


@given(known=days, silence=silences, factor=st.sampled_from([2, 3, 10]))
def test_the_formula_is_the_documented_one(known: list[int], silence: float, factor: int) -> None:
    h = 10.0 * factor
    kept = sorted(set(known))
    last = kept[-1]
    tenure, g = (last - kept[0] + 1) / h, silence / h
    longest = max((b - a for a, b in pairwise(kept)), default=0)
    sums = {m: sum(2 ** (-(last - day) / (m * h)) for day in kept) for m in PACES}
    missed = {m: g * sums[m] * (np.log(2) / m) / (1 - 2 ** (-tenure / m)) for m in PACES}
    c = SHIPPED
    expected = (
        c.intercept
        + c.tenure * np.log(tenure + 0.3)
        + c.longest_gap * np.log(min((longest + 1) / h, 4))
        + c.pace * np.log(sums[1.0])
        + c.pace_slow * np.log(sums[4.0])
        + c.missed_fast * np.log(1 + missed[0.25])
        + c.missed_slow * np.log(1 + missed[4.0])
    )

    assert log_odds(TouchDays.of(known, h), last + silence, h)[0] == pytest.approx(expected, abs=1e-6)


@given(known=days, line=st.floats(0.05, 0.95))
def test_silence_crosses_a_line_once(known: list[int], line: float) -> None:
    state = TouchDays.of(known, HORIZON)

    over = [
        risk(state, state.last_day + silence, HORIZON)[0] >= line for silence in np.geomspace(0.01, 64 * HORIZON, 60)
    ]

    assert over == sorted(over)


def test_a_weekly_friend_is_safer_than_one_met_three_times_long_ago() -> None:
    rare = TouchDays.of([18_000, 18_100, 18_357], HORIZON)

    assert risk(WEEKLY, 18_365, HORIZON) < 0.1
    assert risk(rare, 18_365, HORIZON) > 0.5


def test_the_same_rhythm_with_a_long_gap_in_its_past_is_less_sure() -> None:
    steady = TouchDays.of(range(0, 350, 7), HORIZON)
    broken = TouchDays.of([*range(0, 70, 7), *range(140, 350, 7)], HORIZON)

    assert risk(broken, 350, HORIZON) > risk(steady, 350, HORIZON)


def test_a_moment_before_the_last_touch_counts_as_no_silence() -> None:
    assert risk(WEEKLY, 0, HORIZON) == risk(WEEKLY, WEEKLY.last_day, HORIZON)


def test_touching_some_rows_leaves_the_others_alone() -> None:
    state = TouchDays.none(3)

    state.touch(np.array([0, 2]), 100, HORIZON)
    state.touch(np.array([2]), 140, HORIZON)

    assert columns(state.at(np.array([2]))) == pytest.approx(columns(TouchDays.of([100, 140], HORIZON)))
    assert state.pace.tolist()[:2] == [1.0, 0.0]


def test_every_term_has_its_coefficient() -> None:
    assert ["intercept", *terms(WEEKLY, 18_400, HORIZON)] == [term.name for term in fields(Coefficients)]


def test_only_rising_is_shipped() -> None:
    assert all(getattr(SHIPPED, name) >= 0 for name in RISING)
    assert all(getattr(SHIPPED, name) <= 0 for name in FALLING)
