"""`attune stop`: end what `attune run` began."""

import os
import signal

import click

from shared.plumbing.embedded import lock
from shared.plumbing.settings import configured


@click.command
def stop() -> None:
    """Stop the attune that runs here, and return once it has."""
    directory = configured().directory
    pid = lock.holder(directory)
    if pid is None:
        click.echo(f"attune is not running in {directory}")
        return
    os.kill(pid, signal.SIGTERM)
    lock.wait_free(directory)
    click.echo("attune has stopped")
