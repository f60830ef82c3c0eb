"""The command line, from the commands' own help."""

from collections.abc import Iterator

import click

from documentation import markdown
from services.cli.app import attune

WIDTH = 100
ABOUT = """
Every command explains itself with `--help`; lists take `--json`. Exit codes: 0 fine, 1 found a problem, 2 wrong
usage, 3 a service cannot be reached."""


def page() -> str:
    """Return the page."""
    return markdown.page("Commands", ABOUT, *_commands(attune, None, "attune"))


def _commands(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    context = click.Context(
        command,
        parent=parent,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **command.context_settings,
    )
    depth = 2 if parent is None or parent.parent is None else 3
    yield f"{'#' * depth} {context.command_path}"
    yield markdown.fenced(command.get_help(context))
    if isinstance(command, click.Group):
        for word in command.list_commands(context):
            if (its := command.get_command(context, word)) and not its.hidden:
                yield from _commands(its, context, word)
