"""`attune top`: what `attune status` says, live in the terminal."""

import time
from contextlib import suppress

import click
from rich.live import Live

from services.cli import status as seen
from services.cli.top import Sample, picture
from shared.errors import Unavailable
from shared.plumbing import terminal
from shared.plumbing.settings import settings

SHARE_MAX = 0.1
"""Of the time: looking must not become a load, however much there is to count."""


@click.command
@click.option("--once", is_flag=True, help="Show it once and leave.")
@click.option("--every", type=click.FloatRange(0.2, 60), default=2.0, show_default=True, help="Seconds between looks.")
def top(once: bool, every: float) -> None:
    """Watch lag, rates, states, drifts and deliveries live; Ctrl-C leaves.

    The same as `attune status` tells, again and again; rates are messages taken and touchpoints logged a second since
    the look before. `oldest` is how long the oldest message waits, `Relationships` is a minute old at most.
    """
    if once:
        terminal.console().print(picture(look()))
    else:
        with suppress(KeyboardInterrupt):
            watch(every)


def watch(every: float) -> None:
    """Draw until interrupted; a server that goes away is told, and looked for again."""
    now, took = look(), 0.0
    screen = terminal.console()
    live = Live(picture(now), console=screen, screen=screen.is_terminal, auto_refresh=False)
    try:
        # Not `with`: who interrupts while it begins would be left without a cursor.
        live.start()
        while True:
            live.refresh()
            time.sleep(max(every, took / SHARE_MAX))
            began = time.monotonic()
            try:
                before, now = now, look()
                live.update(picture(now, before))
            except (Unavailable, OSError) as error:
                live.update(picture(now, trouble=str(error)))
            took = time.monotonic() - began
    finally:
        live.stop()


def look() -> Sample:
    """Ask everything once."""
    return Sample(terminal.run(seen.status(settings())), time.monotonic())
