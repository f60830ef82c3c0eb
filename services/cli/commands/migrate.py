"""`attune migrate`: bring the database up to this code, once, before services start."""

import click

from services.cli.house import migrated
from shared.plumbing import terminal
from shared.plumbing.settings import settings


@click.command
def migrate() -> None:
    """Apply the migrations that are missing, and put the default model in force where there is none.

    `attune run` does it by itself; a team runs it as a one-shot before the services.
    """
    terminal.run(migrated(settings().database_url.get_secret_value()))
    click.echo("the database is up to date")
