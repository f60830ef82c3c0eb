"""Until when, as people write it: a span from now, or a moment."""

import re
from datetime import datetime, timedelta

import click

from shared.plumbing import clock
from shared.plumbing.moments import Moment

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Until(Moment):
    """`3d`, `12h`, or a moment in ISO 8601."""

    name = "until"
    written = "no span such as 3d or 12h, and no moment such as 2026-11-23 or 2026-11-23T09:00Z"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment."""
        if found := re.fullmatch(r"(\d{1,4})([mhdw])", str(value).strip().lower()):
            return clock.now() + timedelta(**{UNITS[found[2]]: int(found[1])})
        return super().convert(value, param, ctx)
