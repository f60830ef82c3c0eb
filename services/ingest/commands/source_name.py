"""The name of a source, as commands are given it."""

import click

from shared.errors import Refused
from shared.plumbing import sources


class SourceName(click.ParamType[str]):
    """A name that can be a source's."""

    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name once it is known to be one."""
        try:
            return sources.check_name(str(value))
        except Refused as refused:
            self.fail(str(refused).removeprefix("name: "), param, ctx)


SOURCE_NAME = SourceName()
