"""Weeks lived by the plan and by simple rules with the same hours; at length by `python -m benchmarks.plan`."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest

from benchmarks.plan_policies import lived, policies
from benchmarks.plan_speed import rows_of
from benchmarks.plan_worlds import MODEL, START, synthetic
from shared.planning.ask import Ask
from shared.planning.propose import propose
from shared.plumbing.owners_hours import OwnersHours

WEEKS = 4
SCIENCE = Path(__file__).parents[3] / "docs" / "science.md"


@pytest.mark.parametrize("warmth", [0.2, 1.2])
def test_whoever_follows_the_plan_has_fewer_people_under_the_line(warmth: float) -> None:
    world = synthetic(warmth, 0.1)(0, 7 * WEEKS)

    under = {name: min(lived(world, its, WEEKS, 0) for its in variants) for name, variants in policies()}

    assert min(under, key=lambda name: under[name]) in {"plan", "plan, no group meetings"}


def seconds(count: int, owners: int, hours: float) -> float:
    """Return the processor's time that a whole proposal takes."""
    ask, now = Ask(hours, timedelta(days=14), None, "change"), datetime.fromtimestamp(START, UTC)
    rows, begun = rows_of(count, owners), process_time()
    propose(rows, ask, now, MODEL, OwnersHours().of, {})
    return process_time() - begun


@pytest.mark.parametrize("hours", [6, 40])
def test_a_plan_for_an_owner_with_two_hundred_relationships_takes_under_a_second(hours: float) -> None:
    assert any(seconds(200, 1, hours) < 1 for _ in range(3))


def test_a_plan_for_an_initiative_of_two_thousand_takes_under_ten_seconds() -> None:
    assert seconds(2000, 20, 40) < 10


def test_the_published_table_shows_the_plan_apart_from_every_rule_in_every_population() -> None:
    _, _, table = SCIENCE.read_text().partition("| population | seeds | plan | worst first |")
    [plan, *rules] = zip(*(intervals(row) for row in table.splitlines()[2:9]), strict=True)

    assert len(rules) == 5
    for rule in rules:
        assert all(ours[1] < theirs[0] for ours, theirs in zip(plan, rule, strict=True))


def intervals(row: str) -> list[tuple[float, float]]:
    """Return what stands in brackets, but that of the plan without group meetings."""
    return [(float(low), float(high)) for low, high in re.findall(r"\((\d+\.\d)–(\d+\.\d)\)", row)][:-1]  # noqa: RUF001 -- as printed
