"""When an owner has time: whole hours of working days that are neither quiet, nor holidays, nor booked. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.hours import Hours

WORK_FROM, WORK_TO = 9, 17
"""The hours of a working day, by the clock on the owner's wall; quiet hours take from them."""
HOUR = timedelta(hours=1)
DAY_HOURS_MAX = 4
"""No plan fills a day with more than so many hours; what was accepted from others takes hours of its own."""
WORKING_DAYS = ("mon", "tue", "wed", "thu", "fri")

Busy = tuple[datetime, datetime]


class Window(NamedTuple):
    """The dates between now and then, and the hours that each owner has free on them."""

    dates: tuple[date, ...]
    free: Mapping[tuple[int, int], tuple[datetime, ...]]
    """beginnings of free hours, by owner and day"""


def working(hours: Hours) -> Hours:
    """Return the hours with a working week where nobody said which days it has."""
    return (
        hours if "working_days" in hours.model_fields_set else hours.model_copy(update={"working_days": WORKING_DAYS})
    )


def window(owners: Sequence[tuple[Hours, Sequence[Busy]]], now: datetime, until: datetime) -> Window:
    """Return the days on which anybody has time."""
    # Their last day may have begun already where it is later than here.
    days = [now.date() + timedelta(days=number) for number in range((until.date() - now.date()).days + 2)]
    free = {
        (owner, day): hours
        for owner, (its, busy) in enumerate(owners)
        for day in days
        if (hours := free_hours(its, day, busy, now, until))
    }
    dates = tuple(sorted({day for _, day in free}))
    return Window(dates, {(owner, dates.index(day)): hours for (owner, day), hours in free.items()})


def free_hours(hours: Hours, day: date, busy: Sequence[Busy], now: datetime, until: datetime) -> tuple[datetime, ...]:
    """Return the beginnings of the free hours of one day, at most DAY_HOURS_MAX of them."""
    zone = ZoneInfo(hours.time_zone)
    begins = (datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in range(WORK_FROM, WORK_TO))
    free = [at for at in begins if now < at <= until - HOUR and is_open(hours, at) and not is_busy(busy, at)]
    return tuple(free[:DAY_HOURS_MAX])


def is_open(hours: Hours, at: datetime) -> bool:
    """Say whether the whole hour from `at` is working time: it begins open, and no quiet begins within it."""
    if hours.opens_at(at) != at or hours.quiet is None:
        return hours.opens_at(at) == at
    zone = ZoneInfo(hours.time_zone)
    quiet_from = datetime.combine(at.astimezone(zone).date(), hours.quiet[0], zone).astimezone(UTC)
    return not at <= quiet_from < at + HOUR


def is_busy(busy: Sequence[Busy], at: datetime) -> bool:
    """Say whether something is booked within the hour from `at`."""
    return any(begins < at + HOUR and ends > at for begins, ends in busy)


def seated(minutes: Sequence[int], hours: Sequence[datetime]) -> list[datetime]:
    """Return when each of the touches of a day begins.

    Touches take 15, 30 or 60 minutes, of which each divides the next, so that the longest first always fit.
    """
    room = [60] * len(hours)
    begins: dict[int, datetime] = {}
    for number in sorted(range(len(minutes)), key=lambda its: (-minutes[its], its)):
        seat = next(its for its, left in enumerate(room) if left >= minutes[number])
        begins[number] = hours[seat] + timedelta(minutes=60 - room[seat])
        room[seat] -= minutes[number]
    return [begins[number] for number in range(len(minutes))]
