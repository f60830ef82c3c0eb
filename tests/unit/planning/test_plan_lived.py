"""Weeks lived by the plan and by simple rules with the same hours; at length by `python -m benchmarks.plan`."""

import pytest

from benchmarks.plan import lived, policies, synthetic

WEEKS = 4


@pytest.mark.parametrize("warmth", [0.2, 1.2])
def test_whoever_follows_the_plan_has_fewer_people_under_the_line(warmth: float) -> None:
    world = synthetic(warmth, 0.1)(0, 7 * WEEKS)

    under = {name: min(lived(world, its, WEEKS, 0) for its in variants) for name, variants in policies()}

    assert min(under, key=lambda name: under[name]) in {"plan", "plan, no group meetings"}
