"""Touches as people write them on the command line."""

import re

import click

from shared.alignment.counterfactual import Touch
from shared.vocabulary import Direction, Kind


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
