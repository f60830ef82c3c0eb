"""Weeks lived by the plan and by simple rules with the same hours; at length by `python -m benchmarks.plan`."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest

from benchmarks.plan_policies import lived, policies
from benchmarks.plan_speed import rows_of
from benchmarks.plan_worlds import MODEL, START, synthetic
from shared.planning.ask import Ask
from shared.planning.propose import propose
from shared.plumbing.owners_hours import OwnersHours

WEEKS = 4


@pytest.mark.parametrize("warmth", [0.2, 1.2])
def test_whoever_follows_the_plan_has_fewer_people_under_the_line(warmth: float) -> None:
    world = synthetic(warmth, 0.1)(0, 7 * WEEKS)

    under = {name: min(lived(world, its, WEEKS, 0) for its in variants) for name, variants in policies()}

    assert min(under, key=lambda name: under[name]) in {"plan", "plan, no group meetings"}


def seconds(hours: float) -> float:
    """Return the processor's time that a whole proposal for 200 relationships of one owner takes."""
    ask, rows, now = Ask(hours, timedelta(days=14), None, "change"), rows_of(200, 1), datetime.fromtimestamp(START, UTC)
    begun = process_time()
    propose(rows, ask, now, MODEL, OwnersHours().of, {})
    return process_time() - begun


@pytest.mark.parametrize("hours", [6, 40])
def test_a_plan_for_an_owner_with_two_hundred_relationships_takes_under_a_second(hours: float) -> None:
    assert any(seconds(hours) < 1 for _ in range(3))
