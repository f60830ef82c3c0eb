from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.hours import Hours

OFFICE = Hours(
    time_zone="Europe/Berlin",
    quiet=(time(18), time(8)),
    working_days=("mon", "tue", "wed", "thu", "fri"),
    holidays="DE-BE",
)
NOON = Hours(time_zone="America/New_York", quiet=(time(12), time(14)), working_days=("mon", "wed", "thu"))
BERLIN = ZoneInfo("Europe/Berlin")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@given(moment=moments)
def test_who_is_told_later_is_told_at_a_moment_that_is_open(moment: datetime) -> None:
    at = OFFICE.opens_at(moment)

    assert at >= moment
    assert OFFICE.opens_at(at) == at
    assert at - moment < timedelta(days=8)


@settings(max_examples=50)
@given(moment=moments, hours=st.sampled_from([OFFICE, NOON, OFFICE.model_copy(update={"time_zone": "Africa/Cairo"})]))
def test_nobody_waits_longer_than_their_hours_say(moment: datetime, hours: Hours) -> None:
    at = hours.opens_at(moment)

    earlier = (moment + number * timedelta(hours=1) for number in range(int((at - moment) / timedelta(hours=1))))
    assert all(hours.opens_at(each) == at for each in earlier)
    assert not (at > moment and hours.opens_at(at - timedelta(seconds=1)) < at)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-04T10:00", "2026-03-04T10:00"),  # a Wednesday morning
        ("2026-03-04T19:30", "2026-03-05T08:00"),  # that evening
        ("2026-03-06T18:00", "2026-03-09T08:00"),  # over a weekend
        ("2026-03-27T18:00", "2026-03-30T08:00"),  # over the change to summer time
        ("2026-10-23T18:00", "2026-10-26T08:00"),  # and back
        ("2026-04-02T18:00", "2026-04-07T08:00"),  # over Easter: two holidays around a weekend
        ("2026-03-07T23:00", "2026-03-09T08:00"),  # Sunday 8 March is a holiday in Berlin besides
    ],
)
def test_the_next_opening_is_by_the_clock_on_their_wall(moment: str, opens: str) -> None:
    assert OFFICE.opens_at(berlin(moment)) == berlin(opens)


def test_who_is_quiet_at_noon_only_is_told_from_midnight_on_after_a_day_off() -> None:
    assert NOON.opens_at(datetime(2026, 3, 3, 20, tzinfo=UTC)) == datetime(2026, 3, 4, 5, tzinfo=UTC)


def test_without_hours_everybody_is_told_at_once() -> None:
    assert Hours().opens_at(berlin("2026-12-25T03:00")) == berlin("2026-12-25T03:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("holidays", "XX"),
        ("holidays", "DE-XX"),
        ("working_days", ()),
        ("quiet", ("08:00", "08:00")),
        ("quiet", ("18:00Z", "08:00")),
        ("quiet", (64_800, 28_800)),
        ("colour", "red"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Hours.model_validate({field: value})
