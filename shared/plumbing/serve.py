"""Runs one service until it is told to stop."""

import gc
import logging

import uvicorn


def serve(app: str, address: str) -> None:
    """Serve the application factory `module:name` at host:port, on uvloop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A batch is thousands of small objects without cycles: looking through them all again and again for
    # garbage would take more time than the work itself.
    gc.set_threshold(100_000, 20, 100)
    host, _, port = address.rpartition(":")
    uvicorn.run(
        app,
        factory=True,
        host=host,
        port=int(port),
        loop="uvloop",
        lifespan="on",  # a service that cannot start ends, and whoever supervises it starts it again
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
