"""`attune stop`: end what `attune run` began."""

import os
import signal

import click

from shared.plumbing import terminal
from shared.plumbing.embedded import lock
from shared.plumbing.settings import configured


@click.command
@terminal.json_option
def stop(as_json: bool) -> None:
    """Stop the attune that runs here, and return once it has."""
    directory = configured().directory
    pid = lock.holder(directory)
    if pid is None:
        terminal.answer(f"attune is not running in {directory}", {"stopped": None}, as_json)
        return
    os.kill(pid, signal.SIGTERM)
    lock.wait_free(directory)
    terminal.answer("attune has stopped", {"stopped": pid}, as_json)
