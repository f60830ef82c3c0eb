"""The projector's second verb: build a model's states beside the live ones while traffic goes on, then switch."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from services.projector import beside
from services.projector.store import Connection
from services.projector.stride import MOST, stride
from shared.alignment.model import Model
from shared.errors import Refused
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.models import live_model, put_in_use, switch

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
    async with connection.transaction():
        # No fold waits: both versions are fed, before and after.
        await switch(connection, version, at)
        await beside.end(connection, version)
    for replaced in await beside.builds(connection):
        await drop(connection, replaced.version)


async def drop(connection: Connection, version: int) -> None:
    """Take away what stands beside, and if it never was in force, without a trace."""
    async with connection.transaction():
        await hold_fold_lock(connection)
        # First of all, so that folds leave it alone while it goes, and nobody goes on with half of it.
        await beside.starve(connection, version)

    async def remove(relationships: list[int]) -> None:
        await beside.clear_states(connection, version, relationships)

    await stride(connection, remove)
    async with connection.transaction():
        await hold_fold_lock(connection)
        await beside.clear(connection, version)


async def _begun(connection: Connection, model: Model, at: datetime) -> tuple[int, int]:
    """Return the version to build and the last relationship that is complete in it already."""
    if await live_model(connection) is None:
        raise Refused("no model is in force yet: start the projector once (`attune run`), and try again")
    going_on: beside.Build | None = None
    for its in await beside.builds(connection):
        if going_on is None and its.is_of(model):
            going_on = its
        else:
            await drop(connection, its.version)
    return (going_on.version, going_on.done_to) if going_on else (await _begin(connection, model, at), 0)


async def _begin(connection: Connection, model: Model, at: datetime) -> int:
    async with connection.transaction():
        # Alone: every fold after this feeds the new version, and every one before it is in the log.
        await hold_fold_lock(connection)
        version = await put_in_use(connection, model, at)
        await beside.begin(connection, version, at)
    return version
