"""Moments as people write them on the command line."""

from datetime import UTC, datetime

import click


class Moment(click.ParamType[datetime]):
    """A date or a moment in ISO 8601; without a zone it is UTC."""

    name = "moment"
    written = "no moment such as 2026-11-23 or 2026-11-23T09:00Z"
    """What is said of anything else."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, aware and in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is {self.written}", param, ctx)
