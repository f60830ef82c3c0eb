"""A way to a service that a test can listen to, speak TLS on and cut."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def front(
    there: Callable[[], Awaitable[Streams]],
    shaken: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Carry what comes in to where it is to go, as a proxy does; yield the port.

    `shaken` is shown each connection first: to make it a TLS one, or to keep hold of it. All are ended at the end.
    """
    carried: set[asyncio.Task[None]] = set()

    async def carry(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        carried.add(task)
        open_ = [writing]
        try:
            await shaken(reading, writing)
            back, forth = await there()
            open_.append(forth)
            await asyncio.gather(pump(reading, forth), pump(back, writing))
        except (OSError, asyncio.IncompleteReadError):
            pass  # who does not trust us hangs up, and who is cut off has gone
        finally:
            # Not waited for: a handshake that failed never says that it has ended.
            for its in open_:
                its.transport.abort()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in carried:
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)


async def pump(reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
    """Carry one way until the end."""
    while some := await reading.read(65536):
        writing.write(some)
    writing.close()
