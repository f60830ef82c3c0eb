"""Programs get JSON from every command."""

from collections.abc import Iterator

import click

from services.cli.app import attune

# Theirs is another format, or another command's JSON.
OTHERWISE = {"attune risk": "writes CSV", "attune top": "is for the eye; `attune status --json` says the same"}


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for its in command.list_commands(context):
        found = command.get_command(context, its)
        assert found
        yield from commands(found, f"{name} {its}")


def test_every_command_speaks_json_to_programs() -> None:
    silent = {
        name
        for name, command in commands(attune, "attune")
        if not any("--json" in parameter.opts for parameter in command.params)
    }

    assert silent == OTHERWISE.keys()
