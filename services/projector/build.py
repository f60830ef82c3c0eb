"""The projector's second verb: build a model's states beside the live ones while traffic goes on, then switch."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from services.projector import beside
from services.projector.beside import Build
from services.projector.store import PACKAGE, Connection
from services.projector.stride import MOST, finished, stride
from services.projector.untold import keep_untold, switch_moment
from shared.alignment.model import Model
from shared.errors import Refused
from shared.plumbing import failpoint
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.models import live_model, put_in_use, switch
from shared.plumbing.queries import query

Tell = Callable[[int], object]
"""Hears how many relationships more are complete."""


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[None]:
    """Keep every other build out while the block lasts; raise Refused naming the one under way."""
    if not await beside.lock(connection):
        names = " and ".join(its.sentence() for its in await beside.builds(connection)) or "it is just beginning"
        raise Refused(f"another build is under way ({names}): wait for it, or end its process, and try again")
    try:
        yield
    finally:
        if not connection.is_closed():
            await beside.unlock(connection)


async def build(connection: Connection, model: Model, at: datetime, tell: Tell, most: int = MOST) -> int:
    """Return the version under which all states of the model stand, complete and fed, but read by nobody.

    Goes on where an interrupted build of the same model stopped; whatever else stands beside is dropped.
    """
    version, done_to = await _begun(connection, model, at)

    async def fold(relationships: list[int]) -> None:
        # Due at once: nobody looks before the switch, and then everybody must be judged anew.
        await beside.fold(connection, version, relationships, at)
        tell(len(relationships))

    await stride(connection, fold, done_to, most)
    return version


async def put_in_force(connection: Connection, version: int, at: datetime) -> None:
    """Let everyone read by a complete build from one moment to the next, and clear away what it replaces."""
    await finished(_switch(connection, version, at))
    failpoint.reach("build.after_switch")
    await drop_all(connection)


async def drop_all(connection: Connection) -> list[Build]:
    """Take away whatever stands beside the model in force, and return what that was."""
    dropped = await beside.builds(connection)
    for its in dropped:
        await drop(connection, its.version)
    return dropped


async def drop(connection: Connection, version: int) -> None:
    """Take away what stands beside, and if it never was in force, without a trace."""

    async def remove(relationships: list[int]) -> None:
        await beside.clear_states(connection, version, relationships)

    # First of all, so that folds leave it alone while it goes, and nobody goes on with half of it.
    await finished(_alone(connection, beside.starve(connection, version)))
    failpoint.reach("build.after_starve")
    await stride(connection, remove)
    await finished(_alone(connection, beside.clear(connection, version)))


async def _alone(connection: Connection, act: Coroutine[Any, Any, None]) -> None:
    async with connection.transaction():
        await hold_fold_lock(connection)
        await act


async def _switch(connection: Connection, version: int, at: datetime) -> None:
    async with connection.transaction():
        # In this order, as folds do not know the model's row: whoever judges ends first, and nobody begins to.
        await connection.execute(query(PACKAGE, "hold_in_force"))
        # Whatever is folded has been before, or will be after: both versions are fed.
        await hold_fold_lock(connection)
        switched_at = await switch_moment(connection, at)
        await keep_untold(connection, switched_at)
        await switch(connection, version, switched_at)
        await beside.end(connection, version)


async def _begun(connection: Connection, model: Model, at: datetime) -> tuple[int, int]:
    """Return the version to build and the last relationship that is complete in it already."""
    if await live_model(connection) is None:
        raise Refused("no model is in force yet: start the projector once (`attune run`), and try again")
    going_on: Build | None = None
    for its in await beside.builds(connection):
        if going_on is None and its.is_of(model):
            going_on = its
        else:
            await drop(connection, its.version)
    if going_on is not None:
        return going_on.version, going_on.done_to
    return await finished(_begin(connection, model, at)), 0


async def _begin(connection: Connection, model: Model, at: datetime) -> int:
    async with connection.transaction():
        # Alone: every fold after this feeds the new version, and every one before it is in the log.
        await hold_fold_lock(connection)
        version = await put_in_use(connection, model, at)
        await beside.begin(connection, version, at)
    return version
