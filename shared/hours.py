"""When a person may be told: quiet hours, working days, public holidays, in their own time zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays as public
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
LOOK_AHEAD_DAYS = 60
"""Nobody is away for longer: beyond it, better told than forgotten."""


def known_zone(name: str) -> str:
    """Refuse what is no time zone."""
    if name not in available_timezones():
        raise ValueError("must be an IANA time zone such as Europe/Berlin")
    return name


def known_region(name: str) -> str:
    """Refuse what has no calendar of public holidays."""
    country, _, part = name.partition("-")
    regions = public.list_supported_countries()
    if country not in regions or (part and part not in regions[country]):
        raise ValueError("must be a country such as DE, or one of its parts such as DE-BE, that `holidays` knows")
    return name


def on_the_wall(clock: time) -> time:
    """Refuse a time that says its zone: the person's says it."""
    if clock.tzinfo is not None:
        raise ValueError("must be a time by the clock on their wall, such as 18:00, without a zone")
    return clock


Clock = Annotated[time, AfterValidator(on_the_wall)]


class Hours(BaseModel):
    """When somebody may be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    quiet: tuple[Clock, Clock] | None = None
    """From and to, by the clock on their wall; it may go over midnight."""
    working_days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    holidays: Annotated[str, AfterValidator(known_region)] | None = None
    urgent: tuple[Literal["warning", "alert"], ...] = ()
    """Severities that do not wait."""

    @model_validator(mode="after")
    def _leave_room(self) -> Self:
        if self.quiet is not None and self.quiet[0] == self.quiet[1]:
            raise ValueError("quiet: must not begin when it ends")
        return self

    def opens_at(self, moment: datetime) -> datetime:
        """Return the first moment from `moment` on at which they may be told."""
        zone = ZoneInfo(self.time_zone)
        here = moment.astimezone(zone)
        if self._may_be_told(here):
            return moment
        # Where it is quiet at noon only, a day that follows a day off begins at midnight.
        openings = sorted({time(0), self.quiet[1]} if self.quiet else {time(0)})
        for days, opening in product(range(LOOK_AHEAD_DAYS), openings):
            # By the wall clock: after a change to summer time the morning is as early as ever.
            at = datetime.combine(here.date() + days * DAY, opening, zone).astimezone(UTC)
            if at > moment and self._may_be_told(at.astimezone(zone)):
                return at
        return moment

    def _may_be_told(self, here: datetime) -> bool:
        return self.works_on(here.date()) and not self._is_quiet(here.time())

    def works_on(self, day: date) -> bool:
        """Say whether they work on that day."""
        return DAYS[day.weekday()] in self.working_days and (
            self.holidays is None or day not in _calendar(self.holidays, day.year)
        )

    def _is_quiet(self, clock: time) -> bool:
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= clock < end if start < end else clock >= start or clock < end


@lru_cache(maxsize=256)
def _calendar(region: str, year: int) -> Any:
    country, _, part = region.partition("-")
    return public.country_holidays(country, subdiv=part or None, years=year)
