"""A service's endless work, beside its HTTP answers."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

log = logging.getLogger(__name__)


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
