"""What holds for every plan, whatever the people, the days and the hours."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.alignment.counterfactual import with_touch
from shared.alignment.reading import DAY_SECONDS, points
from shared.planning.choose import choose, greedy, worth
from shared.planning.offers import owner_of
from shared.planning.scope import Days, Scope, rebased
from shared.planning.touches import Package, packages
from shared.planning.worth import Foresight, scored, sight
from tests.unit.alignment.states import NOON, ROW, states
from tests.unit.planning.scopes import DAYS, MODEL, chosen, offered, scopes, weeks

HOURS = st.integers(0, 24).map(lambda quarters: quarters / 4)
FEW = settings(max_examples=10)
FREE = Days(np.array([NOON + (day + 1) * DAY_SECONDS for day in range(DAYS)]), {(0, day): 120 for day in range(DAYS)})
FADING = {"contact": 1.4, "dialogue": 1.4, "depth": 0.3}


def single(*rows: dict[str, float], importance: tuple[float, ...] = (), cells: tuple[int, ...] = ()) -> Scope:
    count = len(rows)
    return Scope(
        states(*rows),
        np.full(count, np.nan),
        np.array(importance or [1.0] * count),
        np.full(count, MODEL.lines.fading),
        np.arange(count),
        np.zeros(count, dtype=np.int64),
        np.stack([np.array(cells or [-1] * count), np.full(count, -1)], axis=1),
    )


@FEW
@given(scope=scopes(), days=weeks(), hours=HOURS, more=HOURS)
def test_more_hours_are_never_worse(scope: Scope, days: Days, hours: float, more: float) -> None:
    assert chosen(scope, days, hours + more).value >= chosen(scope, days, hours).value - 1e-6


@FEW
@given(scope=scopes(), days=weeks(), hours=HOURS)
def test_no_plan_takes_more_than_the_hours_the_days_or_the_people_have(scope: Scope, days: Days, hours: float) -> None:
    could = offered(scope, days)
    for taken in (choose(could, hours * 60, days).taken, greedy(could, hours * 60, days)):
        offers = [could[number] for number in taken]
        minutes, met = Counter[tuple[int, int]](), Counter[int]()
        for offer in offers:
            met.update(offer.people)
            for day in offer.package.days:
                minutes[offer.owner, day] += offer.package.minutes

        assert sum(offer.minutes for offer in offers) <= hours * 60
        assert all(minutes[slot] <= days.free_minutes[slot] for slot in minutes)
        assert all(count == 1 for count in met.values())


@FEW
@given(scope=scopes(), days=weeks(), hours=HOURS)
def test_the_same_input_gives_the_same_plan(scope: Scope, days: Days, hours: float) -> None:
    assert chosen(scope, days, hours) == chosen(scope, days, hours)


@FEW
@given(scope=scopes(), days=weeks(), hours=HOURS)
def test_the_choice_is_worth_what_it_says_at_least_the_greedy_one_and_never_over_its_bound(
    scope: Scope, days: Days, hours: float
) -> None:
    could = offered(scope, days)
    choice = choose(could, hours * 60, days)

    assert choice.value == pytest.approx(worth(could, choice.taken))
    assert worth(could, greedy(could, hours * 60, days)) <= choice.value + 1e-6
    assert choice.value <= choice.bound + 1e-6


@FEW
@given(scope=scopes(), days=weeks())
def test_who_belongs_to_nobodys_hours_is_offered_nothing(scope: Scope, days: Days) -> None:
    owners = owner_of(scope)

    assert all(owners[person] == offer.owner != -1 for offer in offered(scope, days) for person in offer.people)


@FEW
@given(scope=scopes(), days=weeks())
def test_nobody_is_touched_more_often_than_is_allowed(scope: Scope, days: Days) -> None:
    assert all(len(offer.package.days) == 1 for offer in offered(scope, days, touches_max=1))


@settings(max_examples=30)
@given(row=ROW, later_days=st.floats(0, 100))
def test_a_state_as_of_now_reads_like_the_state_it_was(row: dict[str, float], later_days: float) -> None:
    before, moment = states(row), NOON + later_days * DAY_SECONDS

    assert points(rebased(before, NOON, MODEL), moment, MODEL) == pytest.approx(points(before, moment, MODEL))


@settings(max_examples=30)
@given(row=ROW)
def test_a_package_does_what_its_touches_do_one_after_the_other(row: dict[str, float]) -> None:
    package = next(its for its in packages(DAYS, 2, MODEL) if len(its.days) > 1)
    scope = single(row | {"touch_days": 5.0})
    foresight = Foresight(scope, sight(NOON, DAYS, MODEL))

    met = scope.states
    for day in package.days:
        met = with_touch(met, package.touch, float(FREE.at[day]), MODEL)

    end = float(foresight.sight.moments[-1])
    assert foresight.after(package, FREE)[0, -1] == pytest.approx(points(met, end, MODEL)[0])


@settings(max_examples=30)
@given(rows=st.lists(ROW, min_size=1, max_size=4), number=st.integers(0, 200), touch_days=st.integers(0, 3))
def test_scores_with_touches_are_those_of_the_reading(
    rows: list[dict[str, float]], number: int, touch_days: int
) -> None:
    menu = packages(DAYS, 2, MODEL)
    package = menu[number % len(menu)]
    scope = single(*(row | {"touch_days": float(touch_days), "evidence": 0.0} for row in rows))
    foresight = Foresight(scope, sight(NOON, DAYS, MODEL))

    met, expected = scope.states, foresight.scores.copy()
    for day in package.days:
        met = with_touch(met, package.touch, float(FREE.at[day]), MODEL)
        later = foresight.sight.moments >= FREE.at[day]
        seen = foresight.sight._replace(moments=foresight.sight.moments[later])
        expected[:, later] = np.maximum(scored(met, seen), foresight.scores[:, later])

    assert foresight.after(package, FREE) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_second_touch_brings_less_than_the_first() -> None:
    foresight = Foresight(single(FADING), sight(NOON, DAYS, MODEL))
    touch = next(its.touch for its in packages(DAYS, 1, MODEL) if its.minutes == 15)

    once, twice = (foresight.worth(Package(touch, 15, days), FREE).value[0] for days in ((0,), (0, 2)))

    assert 0 < twice - once < once


def test_of_two_alike_the_more_important_one_is_met() -> None:
    could = offered(single(FADING, FADING, importance=(1.0, 3.0)), FREE)

    [taken] = choose(could, 15, FREE).taken

    assert could[taken].people == (1,)


def test_who_alone_keeps_a_function_covered_goes_first() -> None:
    aligned = {"contact": 2.5, "dialogue": 2.5, "depth": 0.6}
    steady = {"contact": 40.0, "dialogue": 40.0, "depth": 5.0}
    # The first two fade alike, but beside the second one there is somebody who stays aligned.
    could = offered(single(aligned, aligned, steady, cells=(0, 1, 1)), FREE, touches_max=1)

    [taken] = choose(could, could[0].minutes, FREE).taken

    assert could[taken].people == (0,)
    assert could[taken].covers


def test_one_meeting_with_three_counts_once_in_time_and_thrice_in_worth() -> None:
    could = offered(single(FADING, FADING, FADING, cells=(0, 0, 0)), FREE, touches_max=1)

    taken = [could[number] for number in choose(could, 60, FREE).taken]
    groups = [offer for offer in could if len(offer.people) == 3]

    assert groups
    assert all(offer.minutes == 60 for offer in groups)
    assert sum(offer.value for offer in taken) >= max(offer.value for offer in groups)
