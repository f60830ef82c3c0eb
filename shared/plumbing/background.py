"""A service's endless work, beside its HTTP answers."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any

log = logging.getLogger(__name__)


def lifetime(work: Callable[[], AbstractAsyncContextManager[None]]) -> dict[str, Any]:
    """Return what tells FastStream to do the work while the service lasts.

    By itself it lets the broker's connection go before it ends a lifespan, and nothing in hand could be given back.
    """
    ending = AsyncExitStack()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with ending:
            await ending.enter_async_context(work())
            yield

    return {"lifespan": lifespan, "on_shutdown": [ending.aclose]}


@asynccontextmanager
async def working(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do the work while the block lasts; if it fails, the whole service stops loudly, to be started again."""
    task = asyncio.create_task(work)
    task.add_done_callback(_stop_service_on_failure)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _stop_service_on_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("this is a bug, and the service stops: %r", error, exc_info=error)
        signal.raise_signal(signal.SIGTERM)
