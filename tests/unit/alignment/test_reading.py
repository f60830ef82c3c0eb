import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS, faded, points, read
from shared.vocabulary import Band
from tests.unit.alignment.states import NOON, ROW, states

MODEL = default_model()
days = st.floats(0, 1000)


def test_a_channel_is_worth_half_after_its_half_life() -> None:
    after = faded(np.array([8.0]), 21 * DAY_SECONDS, 21)

    assert after == pytest.approx(4)


@given(value=st.floats(0, 1000), first=days, second=days)
def test_fading_in_two_steps_equals_fading_in_one(value: float, first: float, second: float) -> None:
    halfway = faded(np.array([value]), first * DAY_SECONDS, 21)

    twice = faded(halfway, second * DAY_SECONDS, 21)

    assert twice == pytest.approx(faded(np.array([value]), (first + second) * DAY_SECONDS, 21), rel=1e-9, abs=1e-90)


def test_what_never_happened_is_nothing_at_any_moment() -> None:
    readings = read(states({"as_of": np.nan, "touch_days": 0}), NOON, MODEL)

    assert readings.band.tolist() == [Band.UNKNOWN]
    assert np.isnan(readings.score).all()
    assert readings.contact == pytest.approx(0)


def test_a_thin_relationship_is_unknown_and_never_zero() -> None:
    readings = read(states({"contact": 0.25, "touch_days": 1, "evidence": 0.25}), NOON, MODEL)

    assert readings.band.tolist() == [Band.UNKNOWN]
    assert np.isnan(readings.score).all()


def test_bands_begin_where_the_model_says() -> None:
    warm = {"contact": 4.0, "dialogue": 4.0, "depth": 2.0, "accord": 1.0}
    readings = read(states(warm, {"contact": 2.0, "dialogue": 1.0}, {"contact": 0.3}), NOON, MODEL)

    assert readings.band.tolist() == [Band.ALIGNED, Band.COOLING, Band.MISALIGNED]


def test_contact_alone_never_makes_anyone_aligned() -> None:
    readings = read(states({"contact": 1000.0}), NOON, MODEL)

    assert readings.band.tolist() != [Band.ALIGNED]


@given(row=ROW, elapsed=days)
def test_score_and_channels_stay_within_0_and_100(row: dict[str, float], elapsed: float) -> None:
    readings = read(states(row | {"touch_days": 5.0}), NOON + elapsed * DAY_SECONDS, MODEL)

    for column in (readings.score, readings.contact, readings.dialogue, readings.depth, readings.strain):
        assert 0 <= column[0] <= 100


@given(row=ROW, more=st.floats(0, 10))
def test_strain_never_raises_the_score(row: dict[str, float], more: float) -> None:
    shaken = row | {"strain": row["strain"] + more}

    calm, strained = points(states(row, shaken), NOON, MODEL)

    assert strained <= calm


@given(row=ROW, later=days)
def test_without_strain_silence_never_raises_the_score(row: dict[str, float], later: float) -> None:
    calm = states(row | {"strain": 0.0})

    assert points(calm, NOON + later * DAY_SECONDS, MODEL)[0] <= points(calm, NOON, MODEL)[0] + 1e-12


def test_depth_cushions_what_a_setback_costs() -> None:
    shallow, deep = {"contact": 4.0, "strain": 1.0}, {"contact": 4.0, "depth": 4.0, "strain": 1.0}
    both = states(shallow, deep)
    calm = both._replace(strain=np.zeros(2))

    kept = points(both, NOON, MODEL) / points(calm, NOON, MODEL)

    assert kept[1] > kept[0]
