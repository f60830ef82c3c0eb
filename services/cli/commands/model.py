"""`attune model`: the projector's commands about the model, and fitting one, which needs no projector."""

from typing import cast

import click

from services.cli.app import imported

PROJECTOR = "services.projector.commands.model:model"
FIT = "services.cli.commands.fit:fit"


class Model(click.Group):
    """Both, by name: services stay independent, and fitting to a file needs no server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted([*projector().list_commands(ctx), "fit"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the one command that is wanted."""
        return imported(FIT) if cmd_name == "fit" else projector().get_command(ctx, cmd_name)


def projector() -> click.Group:
    """Return the projector's group."""
    return cast("click.Group", imported(PROJECTOR))


@click.group(cls=Model)
def model() -> None:
    """Show the model in force, fit or try another one, and switch to it."""
