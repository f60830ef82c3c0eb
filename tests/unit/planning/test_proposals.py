"""What holds for every whole proposal, with owners, calendars, bookings and people as they come."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp  # type: ignore[import-untyped]

from shared.hours import Hours
from shared.planning.ask import Ask
from shared.planning.document import document, one_more_hour, summary
from shared.planning.lines import adding_up
from shared.planning.matter import Matter
from shared.planning.offers import Offer, gathered, owner_of, singles
from shared.planning.problem import Problem
from shared.planning.propose import planned as planned_of
from shared.planning.rows import is_meant
from shared.planning.scope import NOWHERE
from shared.planning.touches import packages
from tests.unit.planning.rosters import MODEL, NOW, OWNERS, House, asks, house, houses, planned, row

SOME = settings(max_examples=8)
EVA = OWNERS[0]
TWO_WEEKS = timedelta(days=14)
MINUTE = timedelta(minutes=1)


def of_eva(
    *rows: dict[str, object], hours: Hours | None = None, busy: tuple[tuple[datetime, datetime], ...] = ()
) -> House:
    return House([dict(one) for one in rows], dict.fromkeys(OWNERS, hours or Hours()), {EVA: list(busy)})


@SOME
@given(its=houses, ask=asks, more=st.integers(1, 24))
def test_more_hours_are_never_worse(its: House, ask: Ask, more: int) -> None:
    less, later = planned(its, ask), planned(its, ask._replace(hours=ask.hours + more / 4))

    assert later.choice.value >= less.choice.value * (1 - later.choice.gap) - 1e-6
    assert later.choice.bound >= less.choice.value - 1e-6
    if later.choice.solver == "exact":
        assert document(later, None)["worth"] >= document(less, None)["worth"]


@settings(max_examples=15)
@given(its=houses, ask=asks)
def test_no_proposal_breaks_a_constraint(its: House, ask: Ask) -> None:
    found = planned(its, ask)

    booked = {one["stakeholder"] for one in its.rows if one["booked_at"]}
    owners = {one["stakeholder"]: one["owner"] for one in its.rows}
    assert sum(line.minutes for line in found.lines) == found.minutes <= ask.hours * 60
    touches = Counter(name for line in found.lines for name in line.stakeholders)
    assert max(touches.values(), default=0) <= ask.touches_max
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for line in found.lines:
        hours, ends = its.hours_of(line.owner), line.at + timedelta(minutes=line.minutes)
        assert NOW < line.at < ends <= found.until
        assert all(
            hours.opens_at(line.at + minute * MINUTE) == line.at + minute * MINUTE for minute in range(line.minutes)
        )
        assert all(over <= line.at or begins >= ends for begins, over in its.busy[line.owner.lower()])
        assert {owners[name] for name in line.stakeholders} == {line.owner}
        assert ask.owner is None or line.owner.lower() == ask.owner.lower()
        assert not {*line.stakeholders} & {name for name in booked if is_booked(its, name, found.until)}
        assert line.latest_day >= line.at.date() - timedelta(days=1)
        spans.setdefault(line.owner, []).append((line.at, ends))
    for own in spans.values():
        assert all(over <= begins for (_, over), (begins, _) in pairwise(sorted(own)))


def is_booked(its: House, name: str, until: datetime) -> bool:
    """Say whether they are met before the window ends anyway."""
    moments = [one["booked_at"] for one in its.rows if one["stakeholder"] == name and one["booked_at"]]
    return any(moment <= until.timestamp() for moment in moments)


@SOME
@given(its=houses, ask=asks)
def test_the_same_input_gives_the_same_proposal(its: House, ask: Ask) -> None:
    assert document(planned(its, ask), None) == document(planned(its, ask), None)


@SOME
@given(its=houses, ask=asks)
def test_the_lines_add_up_to_what_is_said_under_them(its: House, ask: Ask) -> None:
    found = planned(its, ask)
    told = document(found, None)

    assert told["worth"] == pytest.approx(sum(line["worth"] for line in told["lines"]))
    assert told["days"] == pytest.approx(sum(line["days"] for line in told["lines"]))
    assert told["worth"] == pytest.approx(found.choice.value, abs=0.05 + 1e-6)
    if found.lines:
        assert f"{told['days']:.1f} relationship-days above the line, worth {told['worth']:.1f}" in summary(found)


@given(worths=st.lists(st.floats(0, 500), max_size=60))
def test_what_lines_are_told_to_be_worth_adds_up_to_their_sum_and_each_is_off_by_less_than_a_tenth(
    worths: list[float],
) -> None:
    told = adding_up(worths)

    assert abs(sum(told) - sum(worths)) <= 0.05 + 1e-6
    assert all(abs(one - worth) < 0.1 + 1e-9 for one, worth in zip(told, worths, strict=True))


@SOME
@given(its=houses, ask=asks)
def test_everybody_who_is_meant_is_met_or_left_out_for_one_reason(its: House, ask: Ask) -> None:
    found = planned(its, ask)

    met = {name for line in found.lines for name in line.stakeholders}
    left = Counter(one["stakeholder"] for one in found.left_out)
    assert not met & {*left}
    assert max(left.values(), default=1) == 1
    meant = {row["stakeholder"] for row in its.rows if is_meant(row, ask)}
    assert len(met) + len(left) + found.left_out_more == len(meant)
    for one in found.left_out:
        assert (one["reason"] in {"no hours left", "days are full"}) == (one.get("worth") is not None)


def everything(matter: Matter) -> list[Offer]:
    """Return every offer there is, whether or not another one outdoes it."""
    found, owners = list[Offer](), owner_of(matter.scope)
    for package in packages(len(matter.window.dates), matter.ask.touches_max, MODEL):
        worth = matter.foresight.worth(package, matter.days)
        if package.is_group:
            found += gathered(package, worth, matter.foresight, owners, matter.days)
        else:
            found += singles(matter.foresight, owners, package, worth, (owners != NOWHERE) & worth.brings)
    return found


@SOME
@given(seed=st.integers(0, 10_000), people=st.integers(2, 20), hours=st.integers(1, 40))
def test_what_is_called_exact_is_the_best_of_everything_that_could_be_done(seed: int, people: int, hours: int) -> None:
    its, ask = house(seed, people, most_busy=30), Ask(hours / 2, timedelta(days=8), None, "change", 2)
    matter = Matter(its.rows, ask, NOW, MODEL, its.hours_of, its.busy)
    found, menu = planned_of(matter), everything(matter)

    best = 0.0
    if menu:
        problem = Problem(menu, ask.hours * 60, matter.days)
        rows = LinearConstraint(problem.matrix, ub=np.array(problem.most))
        solved = milp(-problem.values, integrality=problem.integrality, bounds=Bounds(0, 1), constraints=rows)
        best = -solved.fun

    assert found.choice.bound >= best * (1 - 1e-4) - 1e-6
    if found.choice.solver == "exact":
        assert found.choice.value == pytest.approx(best, rel=2e-4, abs=1e-6)


def test_what_stopped_early_is_not_called_exact_and_says_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    its, ask = house(3, 40), Ask(12, timedelta(days=8), None, "change", 2)
    whole = planned(its, ask)
    monkeypatch.setattr("shared.planning.choose.branched", lambda *_: ((), np.inf))

    found = planned(its, ask)

    assert whole.choice.solver == "exact"
    assert "the best there is among" in summary(whole)
    assert found.choice.solver == "greedy"
    assert found.choice.gap > 0
    assert found.choice.bound >= whole.choice.value
    assert "short of the best among" in summary(found)


def test_where_the_solver_gives_up_the_greedy_choice_stands_in_and_says_its_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    its, ask = house(3, 40), Ask(12, timedelta(days=8), None, "change", 2)
    whole, nothing = planned(its, ask), OptimizeResult(x=None, fun=None, mip_dual_bound=None)
    monkeypatch.setattr("scipy.optimize.linprog", lambda *_, **__: nothing)
    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: nothing)

    found = planned(its, ask)

    assert found.lines
    assert found.choice.solver == "greedy"
    assert found.choice.bound >= whole.choice.value >= found.choice.value
    assert "short of the best among" in summary(found)


def test_a_day_that_is_full_has_another_one() -> None:
    people = [row(number) for number in range(30)]
    matter = Matter(people, Ask(40, timedelta(days=8), EVA), NOW, MODEL, of_eva().hours_of, {})

    whole = planned_of(matter)
    days = Counter(line.at.date() for line in whole.lines)

    assert whole.choice.solver == "exact"
    assert len(days) > 2


def test_who_is_met_at_this_moment_is_booked() -> None:
    begun = NOW.timestamp() - 600

    found = planned(of_eva(row(1, booked_at=begun), row(2)), Ask(4, TWO_WEEKS, EVA))

    assert {name for line in found.lines for name in line.stakeholders} == {"p2"}
    assert [(one["stakeholder"], one["reason"]) for one in found.left_out] == [("p1", "booked")]


def test_who_is_left_out_is_told_the_true_reason() -> None:
    steady = {"contact": 60.0, "dialogue": 60.0, "depth": 9.0, "accord": 9.0}
    faded = [row(number) for number in range(4)]
    monday_noon = NOW.replace(hour=12, minute=0)
    full = tuple((NOW + timedelta(days=day), NOW + timedelta(days=day, hours=23)) for day in range(1, 14))
    safe = row(9, **steady, touch_days=1)  # with so few, no risk is spoken of

    short = planned(of_eva(*faded, safe), Ask(0.25, TWO_WEEKS, EVA))
    crowd = [row(number) for number in range(20)]
    crowded = planned(
        of_eva(*crowd, busy=((monday_noon, monday_noon + timedelta(hours=9)), *full)), Ask(20, TWO_WEEKS, EVA)
    )
    absent = planned(of_eva(*faded, busy=((NOW, NOW + timedelta(days=20)),)), Ask(20, TWO_WEEKS, EVA))
    idle = planned(of_eva(safe), Ask(20, TWO_WEEKS, EVA))

    reasons = {one["stakeholder"]: one["reason"] for one in short.left_out}
    assert reasons.pop("p9") == "adds nothing"
    assert {*reasons.values()} == {"no hours left"}
    assert {one["reason"] for one in absent.left_out} == {"no free working hour"}
    assert "There is no free working hour until" in summary(absent)
    assert "would add anything" in summary(idle)
    assert sum(line.minutes for line in crowded.lines) <= 180
    assert {one["reason"] for one in crowded.left_out} == {"days are full"}


def test_who_could_only_cover_what_is_covered_adds_nothing() -> None:
    aligned = {"contact": 2.5, "dialogue": 2.5, "depth": 0.6, "touch_days": 1, "overrides": {"fading": 1.0}}
    twins = [row(number, function="IT", **aligned) for number in (1, 2)]

    found = planned(of_eva(*twins), Ask(6, TWO_WEEKS, EVA))

    assert len({name for line in found.lines for name in line.people}) == 1
    assert [one["reason"] for one in found.left_out] == ["adds nothing"]


def test_one_more_hour_is_told_beside_the_plan_and_in_its_coin() -> None:
    its = of_eva(*(row(number) for number in range(12)))
    ask = Ask(1, TWO_WEEKS, EVA)
    one, two = planned(its, ask), planned(its, ask._replace(hours=2))

    assert one.one_more_hour["people"]
    assert 0 < one.one_more_hour["worth"] <= two.choice.value - one.choice.value + 0.06
    assert "One more hour would buy a worth of" in one_more_hour(one)
    assert one_more_hour(planned(its, ask._replace(hours=100))) == "One more hour would buy nothing more."


def test_a_function_is_kept_covered_or_covered_anew_and_each_is_said() -> None:
    aligned = {"contact": 2.5, "dialogue": 2.5, "depth": 0.6}
    ask = Ask(2, TWO_WEEKS, EVA, touches_max=1)

    kept = planned(of_eva(row(1, function="IT", **aligned)), ask).lines[0].why
    won = planned(of_eva(row(1, function="IT")), ask).lines[0].why

    assert "keeps IT covered" in kept
    assert "covers IT, where nobody is aligned now" in won
    assert "keeps" not in won


def test_nobody_is_brought_back_to_where_they_never_were() -> None:
    never = {"touch_days": 0, "evidence": 0.0, "first_touch_at": None, "last_touch_at": None}
    cold = {"contact": 0.0, "dialogue": 0.0, "depth": 0.0}

    [new, *_] = planned(of_eva(row(1, **cold, **never)), Ask(2, TWO_WEEKS, EVA)).lines
    [known, *_] = planned(of_eva(row(1, **cold)), Ask(2, TWO_WEEKS, EVA)).lines

    assert "brings P1 over the line" in new.why
    assert "brings P1 back over the line" in known.why


def test_a_touch_is_useful_until_the_day_on_which_coverage_would_lapse_too() -> None:
    fading = {"contact": 2.2, "dialogue": 2.2, "depth": 0.6}

    def latest(function: str | None) -> date:
        ask = Ask(1, timedelta(days=28), EVA, touches_max=1)
        return planned(of_eva(row(1, function=function, **fading)), ask).lines[0].latest_day

    assert latest("IT") < latest(None)


def test_whoever_matters_more_has_a_function_that_matters_more() -> None:
    aligned = {"contact": 2.5, "dialogue": 2.5, "depth": 0.6}

    def worth(importance: float) -> float:
        people = of_eva(row(1, function="IT", **aligned), row(2, function="IT", importance=importance, owner="kim"))
        return planned(people, Ask(1, TWO_WEEKS, EVA, touches_max=1)).choice.value

    assert worth(5.0) > worth(1.0) + 0.5


def test_the_silence_that_is_avoided_counts_and_is_said() -> None:
    long_ago = NOW.timestamp() - 60 * 86_400.0
    silent = {"last_touch_at": long_ago, "first_touch_at": long_ago - 35 * 86_400.0, "as_of": long_ago}
    warm = {"contact": 90.0, "dialogue": 90.0, "depth": 9.0, "accord": 9.0}

    [line] = planned(of_eva(row(1, **silent, **warm)), Ask(0.25, TWO_WEEKS, EVA)).lines
    nobody = planned(of_eva(row(1, **silent, **warm, touch_days=1)), Ask(0.25, TWO_WEEKS, EVA))

    assert line.days == 0
    assert "risk of silence falls from" in line.why
    assert not nobody.lines  # with so few touch days there is no risk to speak of


def test_quiet_within_an_hour_leaves_the_hour_alone() -> None:
    hours = Hours(quiet=(time(10, 10), time(10, 50)))

    found = planned(of_eva(*(row(number) for number in range(20)), hours=hours), Ask(30, TWO_WEEKS, EVA))

    assert found.lines
    assert not [line.at for line in found.lines if line.at.astimezone(UTC).hour == 10]
