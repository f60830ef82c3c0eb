import numpy as np
import pytest

from shared.alignment.half_lives import TRIALS, half_lives
from shared.alignment.hindsight import Past
from shared.alignment.risk import PACES, SHIPPED, Paces
from shared.errors import Refused
from tests.unit.alignment.pasts import simulated, spread

SLOPES = (-0.5, 0.8, -1.0, 0.1, 0.4, 1.2, 0.0, 0.0, 0.0)


def parts_of(paces: Paces, best: Paces = (0.5, 1.0, 8.0)) -> tuple[Past, Past]:
    """Return decisions whose terms say the less, the farther the half-lives are from the best ones."""
    past = spread(simulated(4_000, SLOPES))
    off = sum(one != other for one, other in zip(paces, best, strict=True))
    past.terms[:] += off * np.random.default_rng(5).normal(size=past.terms.shape)
    return past.split(0.4)


def test_the_half_lives_that_foresee_best_are_found() -> None:
    assert half_lives(parts_of) == (0.5, 1.0, 8.0)


def test_those_that_ship_stay_where_no_others_foresee_better() -> None:
    assert half_lives(lambda _: spread(simulated(4_000, SLOPES)).split(0.4)) == PACES


def test_too_few_decisions_to_be_split_once_more_are_refused_with_the_reason() -> None:
    with pytest.raises(Refused, match=r"half-lives are chosen on one part .* too few data to fit"):
        half_lives(lambda _: spread(simulated(400, SLOPES)).split(0.4))


def test_what_ships_is_among_the_trials() -> None:
    assert all(pace in trials for pace, trials in zip(PACES, TRIALS, strict=True))
    assert SHIPPED.initiative_pace == 0
