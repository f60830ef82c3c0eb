"""What a touch would do, before anyone makes it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.alignment.counterfactual import Touch, with_touch
from shared.alignment.forecast import falls_under
from shared.alignment.model import default_model
from shared.alignment.reading import DAY_SECONDS, points, read
from shared.vocabulary import Direction, Kind
from tests.unit.alignment.states import NOON, ROW, states

MODEL = default_model()
HOUR = Touch(Kind.MEETING, minutes=60)
WARM = {"contact": 2.0, "dialogue": 2.0, "depth": 1.0}
TOUCHES = st.builds(
    Touch,
    st.sampled_from([Kind.MEETING, Kind.CALL, Kind.EMAIL, Kind.MESSAGE]),
    st.sampled_from(Direction),
    minutes=st.none() | st.floats(0, 1440),
    breadth=st.integers(1, 500),
)


@given(row=ROW, touch=TOUCHES, ahead_days=st.floats(0, 300), later_days=st.floats(0, 300))
def test_a_touch_never_lowers_contact(
    row: dict[str, float], touch: Touch, ahead_days: float, later_days: float
) -> None:
    before, at = states(row), NOON + ahead_days * DAY_SECONDS
    after = with_touch(before, touch, at, MODEL)
    moment = at + later_days * DAY_SECONDS

    assert (read(after, moment, MODEL).contact >= read(before, moment, MODEL).contact - 1e-9).all()


@given(row=ROW, touch=TOUCHES, ahead_days=st.floats(0, 300))
def test_a_touch_without_strain_never_lowers_the_score(row: dict[str, float], touch: Touch, ahead_days: float) -> None:
    before, at = states(row), NOON + ahead_days * DAY_SECONDS

    assert (points(with_touch(before, touch, at, MODEL), at, MODEL) >= points(before, at, MODEL) - 1e-9).all()


@given(row=ROW, severity=st.floats(0, 1), later_days=st.floats(0, 300))
def test_strain_never_raises_the_score(row: dict[str, float], severity: float, later_days: float) -> None:
    before, setback = states(row), Touch(Kind.SETBACK, Direction.INBOUND, intensity=severity)
    after, moment = with_touch(before, setback, NOON, MODEL), NOON + later_days * DAY_SECONDS

    assert (points(after, moment, MODEL) <= points(before, moment, MODEL) + 1e-9).all()


def test_an_hour_together_moves_drift_to_a_later_day() -> None:
    before, now = states(WARM), np.array([NOON])

    drifts_at = falls_under(before, MODEL.lines.fading, now, MODEL)
    would_drift_at = falls_under(with_touch(before, HOUR, NOON, MODEL), MODEL.lines.fading, now, MODEL)

    assert would_drift_at - drifts_at > 5 * DAY_SECONDS


def test_a_short_meeting_moves_it_less_than_a_long_one() -> None:
    before = states(WARM)

    short = points(with_touch(before, Touch(Kind.MEETING, minutes=15), NOON, MODEL), NOON, MODEL)
    long = points(with_touch(before, HOUR, NOON, MODEL), NOON, MODEL)

    assert points(before, NOON, MODEL) < short < long


def test_who_was_never_met_has_a_score_after_the_first_meeting() -> None:
    nobody = states({"as_of": np.nan, "touch_days": 0.0})

    assert np.isnan(read(nobody, NOON, MODEL).score)
    assert read(with_touch(nobody, HOUR, NOON, MODEL), NOON, MODEL).score > 0


def test_a_second_day_of_contact_makes_somebody_known_and_an_announcement_to_many_is_none() -> None:
    once = states({"contact": 0.1, "touch_days": 1.0, "evidence": 0.1})
    mail, announcement = (Touch(Kind.EMAIL, Direction.OUTBOUND, breadth=many) for many in (1, MODEL.dose.broad_from))

    assert np.isnan(read(once, NOON, MODEL).score)
    assert read(with_touch(once, mail, NOON, MODEL), NOON, MODEL).score > 0
    assert np.isnan(read(with_touch(once, announcement, NOON, MODEL), NOON, MODEL).score)
