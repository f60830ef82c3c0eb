"""Strain and the depth that cushions it both fade: when silence alone makes a loss, and when it ends it."""

from datetime import timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.alignment.model import Model
from shared.judging.judge import judge
from shared.judging.relationship import Relationship, Sums
from shared.judging.shaken import loss, loss_begins_at, loss_ends_at
from shared.vocabulary import Reason
from tests.unit.alerts.test_judge import ANA, DAY, MODEL, NOW, WELL

sums = st.just(0.0) | st.floats(1e-3, 60)
days = st.floats(0.5, 200)
lines = st.floats(0.02, 0.98)


def lived(depth: float, strain: float) -> Sums:
    """Return the sums of somebody whose last touch is now."""
    return Sums(NOW, 3.0, 3.0, depth, strain, 4.0, 8.0, 3, NOW - 90 * DAY, NOW)


def fading(depth_days: float, strain_days: float, cushion: float = 1.0) -> Model:
    """Return the shipped model with these half-lives."""
    half_life = MODEL.half_life_days.model_copy(update={"depth": depth_days, "strain": strain_days})
    return MODEL.model_copy(
        update={"half_life_days": half_life, "reading": MODEL.reading.model_copy(update={"cushion": cushion})}
    )


HASTY = fading(depth_days=4, strain_days=90)
"""Trust is forgotten sooner than what went wrong."""
CARRIED = lived(depth=9.0, strain=0.6)


@given(depth=sums, strain=sums, depth_days=days, strain_days=days, cushion=st.floats(0, 50), gap=st.floats(0.01, 400))
def test_where_depth_lasts_as_long_as_strain_silence_never_shakes(
    depth: float, strain: float, depth_days: float, strain_days: float, cushion: float, gap: float
) -> None:
    assume(depth_days >= strain_days)
    its, model = lived(depth, strain), fading(depth_days, strain_days, cushion)

    assert loss(its, NOW + timedelta(days=gap), model) <= loss(its, NOW, model) + 1e-12
    assert loss_begins_at(its, 0.35, NOW, model) is None


def test_the_shipped_model_forgets_what_went_wrong_first() -> None:
    assert MODEL.half_life_days.depth >= MODEL.half_life_days.strain


@given(depth=sums, strain=sums, depth_days=days, strain_days=days, cushion=st.floats(0, 50), line=lines)
@example(depth=9.0, strain=0.6, depth_days=4.0, strain_days=90.0, cushion=1.0, line=0.35)
def test_a_loss_is_under_the_line_just_before_it_begins_and_at_it_just_after(
    depth: float, strain: float, depth_days: float, strain_days: float, cushion: float, line: float
) -> None:
    its, model = lived(depth, strain), fading(depth_days, strain_days, cushion)
    is_over = loss(its, NOW, model) >= line

    begins_at, ends_at = loss_begins_at(its, line, NOW, model), loss_ends_at(its, line, NOW, model)

    for found, before in ((begins_at, False), (ends_at, True)):
        if found is not None:
            assert (loss(its, max(found - timedelta(seconds=1), NOW), model) >= line) is before
            assert (loss(its, found + timedelta(seconds=1), model) >= line) is not before
    # Nothing is overlooked: what comes first on a grid of two days does not come before what was solved for.
    over = [loss(its, NOW + number * 2 * DAY, model) >= line for number in range(300)]
    first = next((number for number, value in enumerate(over) if value is not is_over), None)
    solved = ends_at if is_over else begins_at
    if first is not None:
        assert solved is not None
        assert solved <= NOW + first * 2 * DAY


def test_who_was_carried_by_depth_is_shaken_when_it_has_faded_and_everybody_is_told_when() -> None:
    ana = Relationship(
        1, "change", "ana", "Ana", None, WELL._replace(falls_at=None), sums=CARRIED, changed_at=NOW, judged_at=NOW
    )
    verdict = judge(ana, HASTY, NOW)
    [foreseen] = [its for its in verdict.forecasts if its.reason is Reason.SHAKEN]

    assert Reason.SHAKEN not in [because.reason for because in verdict.reasons]
    assert (verdict.drifts_at, verdict.drift_reason) == (foreseen.begins_at, Reason.SHAKEN)
    assert verdict.wake_at == foreseen.begins_at
    assert foreseen.ends_at
    assert foreseen.ends_at > foreseen.begins_at

    then = judge(ana, HASTY, foreseen.begins_at + timedelta(seconds=1))
    [since] = [because.since for because in then.reasons if because.reason is Reason.SHAKEN]
    assert abs(since - foreseen.begins_at) < timedelta(seconds=1)
    assert not [its for its in judge(ana, HASTY, foreseen.ends_at).reasons if its.reason is Reason.SHAKEN]


def test_a_setback_that_shakes_says_when_silence_will_have_mended_it() -> None:
    shaken = Relationship(
        1, "change", "ana", "Ana", None, ANA.outlook, sums=lived(1.0, 2.0), changed_at=NOW, judged_at=NOW
    )

    [forecast] = [its for its in judge(shaken, MODEL, NOW).forecasts if its.reason is Reason.SHAKEN]

    assert forecast.begins_at == NOW
    assert forecast.ends_at
    assert loss(lived(1.0, 2.0), forecast.ends_at, MODEL) == pytest.approx(MODEL.lines.shaken_loss_min, abs=1e-6)
