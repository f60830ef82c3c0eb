"""Moments and touches as people write them on the command line."""

import re
from datetime import UTC, datetime

import click

from shared.alignment.counterfactual import Touch
from shared.vocabulary import Direction, Kind


class Moment(click.ParamType[datetime]):
    """A date or a moment in ISO 8601; without a zone it is UTC."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, aware and in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-23 or 2026-11-23T09:00Z", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class WhatIf(click.ParamType[Touch]):
    """A touch that might be made: `meeting:60`, `call:15`, `email`, `disclosure:0.7`."""

    name = "touch"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Touch:
        """Return the touch; the figure is minutes for meetings and calls, depth for disclosures."""
        if isinstance(value, Touch):
            return value
        found = re.fullmatch(r"(meeting|call|email|message|disclosure)(?::(\d+(?:\.\d+)?))?", str(value))
        if not found:
            self.fail(f"{value!r} is no touch such as meeting:60, call:15, email or disclosure:0.7", param, ctx)
        kind, figure = Kind(found[1]), float(found[2]) if found[2] else None
        match kind:
            case Kind.MEETING | Kind.CALL:
                return Touch(kind, minutes=figure)
            case Kind.DISCLOSURE:
                return Touch(kind, quality="disclosure", intensity=min(figure or 0.5, 1.0))
            case _:
                return Touch(kind, Direction.OUTBOUND)
