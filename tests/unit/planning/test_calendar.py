"""When an owner has time."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.hours import Hours
from shared.planning.calendar import DAY_HOURS_MAX, HOUR, seated, window, working

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
BERLIN = working(Hours(time_zone="Europe/Berlin", holidays="DE-BE", quiet=(time(15), time(8))))
moments = st.integers(0, 14 * 24 * 4).map(lambda quarters: MONDAY + timedelta(minutes=15 * quarters))
spans = st.tuples(moments, st.integers(15, 300)).map(lambda its: (its[0], its[0] + timedelta(minutes=its[1])))


@given(busy=st.lists(spans, max_size=20), now=moments, days=st.integers(1, 21))
def test_a_free_hour_is_working_time_ahead_and_nothing_else_is_in_it(
    busy: list[tuple[datetime, datetime]], now: datetime, days: int
) -> None:
    until = now + timedelta(days=days)

    found = window([(BERLIN, busy)], now, until)

    for (_, day), hours in found.free.items():
        assert len(set(hours)) == len(hours) <= DAY_HOURS_MAX
        for at in hours:
            assert now < at <= until - HOUR
            assert at.date() == found.dates[day]
            assert at.weekday() < 5
            assert BERLIN.opens_at(at) == at
            assert all(ends <= at or begins >= at + HOUR for begins, ends in busy)


def test_a_public_holiday_is_free_of_touches() -> None:
    christmas = datetime(2026, 12, 24, tzinfo=UTC)

    dates = window([(BERLIN, [])], christmas, christmas + timedelta(days=3)).dates

    assert [day.day for day in dates] == [24]


@given(minutes=st.lists(st.sampled_from([15, 30, 60]), max_size=12))
def test_touches_that_fit_the_hours_of_a_day_never_overlap(minutes: list[int]) -> None:
    hours = [MONDAY + HOUR * number for number in range(-(-sum(minutes) // 60))]

    begins = seated(minutes, hours)

    spans = sorted((at, at + timedelta(minutes=its)) for at, its in zip(begins, minutes, strict=True))
    assert all(ends <= later for (_, ends), (later, _) in pairwise(spans))
    assert all(begins >= hours[0] and ends <= hours[-1] + HOUR for begins, ends in spans)
