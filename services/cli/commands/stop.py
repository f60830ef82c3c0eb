"""`attune stop`: end what `attune run` began."""

import click
import psutil

from shared.errors import Unavailable
from shared.plumbing.embedded import lock
from shared.plumbing.settings import configured

STOP_SECONDS = 120.0


@click.command
def stop() -> None:
    """Stop the attune that runs here, and return once it has."""
    directory = configured().directory
    pid = lock.holder(directory)
    if pid is None:
        click.echo(f"attune is not running in {directory}")
        return
    end(psutil.Process(pid))
    click.echo("attune has stopped")


def end(running: psutil.Process) -> None:
    """Ask, then wait: its servers write their last before it ends."""
    running.terminate()
    try:
        running.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        raise Unavailable(
            f"attune (process {running.pid}) has not stopped in {STOP_SECONDS:.0f} seconds"
        ) from None
