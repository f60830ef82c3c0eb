"""What commands that build have in common: a connection that builds alone, and a bar to watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from services.projector.build import alone, build, drop_all
from services.projector.store import CONNECTION_SETTINGS, Connection
from services.projector.verify import relationships
from shared.alignment.model import Model
from shared.errors import Refused
from shared.plumbing import clock, failpoint, own_forms, terminal
from shared.plumbing.models import live_model
from shared.plumbing.postgres import session
from shared.plumbing.settings import Settings

STANDING_STILL = {"idle_in_transaction_session_timeout": "10s"}
"""A build that is stopped amid a stride (Ctrl-Z, a sleeping laptop) holds folds back no longer than this."""


@asynccontextmanager
async def building(chosen: Settings, keep: bool) -> AsyncIterator[Connection]:
    """Lend a connection that may build; what then stands beside goes, unless it is kept to be gone on with."""
    failpoint.arm(chosen.failpoints)
    async with session(chosen.database_url.get_secret_value(), "build") as connection, alone(connection):
        for setting, value in {**CONNECTION_SETTINGS, **STANDING_STILL}.items():
            await connection.fetchval("select set_config($1, $2, false)", setting, value)
        try:
            yield connection
        except asyncio.CancelledError:
            if keep:
                click.echo("Stopped: the same command goes on from here; `attune model drop` takes it back.", err=True)
            raise
        finally:
            if not keep:
                await drop_all(connection)


async def live(connection: Connection) -> tuple[int, Model]:
    """Return version and model in force; raise Refused before there is one."""
    found = await live_model(connection)
    if found is None:
        raise Refused("no model is in force yet: start the projector once (`attune run`), and try again")
    return found


async def built(connection: Connection, model: Model) -> int:
    """Build the model's states beside the live ones under a progress bar, and return their version.

    Raises Refused where the log holds a kind that is not known here: its touchpoints would count nothing.
    """
    await own_forms.proven(connection)
    total = len(await relationships(connection, None))
    with terminal.progress("Folding beside", total) as bar:
        return await build(connection, model, clock.now(), lambda more: bar.advance(bar.task_ids[0], more))
