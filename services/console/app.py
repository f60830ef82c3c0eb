"""Wires the console: Postgres, NATS, pages, API. `python -m services.console` serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from services.console import refusing, standings, store
from services.console.api.routes import application
from services.console.assets import Assets
from services.console.bodies import Bodies
from services.console.gate import prepared
from services.console.headers import Headers
from services.console.means import Means
from services.console.oidc import Provider
from services.console.pages.routes import router
from shared.plumbing import failpoint, health, postgres
from shared.plumbing.background import working
from shared.plumbing.jetstream import connect
from shared.plumbing.settings import Settings, settings

CONNECTIONS = 8
GZIP_FROM_BYTES = 1000


def app() -> FastAPI:
    """Return the service; any number of them may run side by side."""
    chosen = settings()
    failpoint.arm(chosen.failpoints)
    means = Means(chosen, provider=provider(chosen))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            means.pool = await stack.enter_async_context(_postgres(chosen))
            await stack.enter_async_context(_nats(means))
            for refreshes in ((standings.standings, standings.coverage), (standings.sources,)):
                await stack.enter_async_context(working(standings.keep_fresh(means.pool, *refreshes)))
            yield

    return wired(means, lifespan)


def wired(means: Means, lifespan: Any = None) -> FastAPI:
    """Return the application around its means."""
    made = FastAPI(title="attune", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    made.state.means = means
    made.router.routes.extend(Route(*route) for route in health.routes(lambda: postgres.obstacle(means.pool)))
    made.mount("/static", Assets())
    made.include_router(router)
    made.mount("/api/v1", application(means))
    refusing.install(made)
    made.add_middleware(Bodies)
    made.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=5)
    made.add_middleware(Headers, is_secure=means.is_secure)
    return made


def provider(chosen: Settings) -> Provider | None:
    """Return who else signs people in, if the settings name one."""
    if not chosen.oidc_issuer:
        return None
    return Provider(
        chosen.oidc_issuer,
        chosen.oidc_client_id,
        chosen.oidc_client_secret.get_secret_value(),
        f"{chosen.console_url.rstrip('/')}/signin/oidc/back",
    )


@asynccontextmanager
async def _postgres(chosen: Settings) -> AsyncIterator[Any]:
    url = chosen.database_url.get_secret_value()
    pool = await postgres.patiently(
        lambda: postgres.pool(url, "console", store.CONNECTION_SETTINGS, CONNECTIONS, prepared),
    )
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def _nats(means: Means) -> AsyncIterator[None]:
    """Be connected to NATS as soon as it answers: only what refused events and lag need waits for it."""

    async def reach() -> None:
        means.nats = await postgres.patiently(lambda: connect(means.settings.nats_url.get_secret_value(), "console"))

    reaching = asyncio.create_task(reach())
    try:
        yield
    finally:
        reaching.cancel()
        with suppress(asyncio.CancelledError):
            await reaching
        if means.nats is not None:
            await means.nats.close()
