"""System: how far everything has come, and by which rules."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.console import difference, store
from services.console.gate import Connection, MeansOf, WholeOf
from services.console.means import AWAY, Means
from services.console.render import page
from services.console.wording import NONE
from shared.errors import Unavailable
from shared.plumbing.jetstream import CONSUMERS

router = APIRouter()


@router.get("/system")
async def system(connection: Connection, means: MeansOf, visitor: WholeOf) -> Response:
    """Show lag, versions and the model in force."""
    models = await store.rows(connection, "models")
    in_force = next((at for at, model in enumerate(models) if model["is_in_force"]), None)
    return page(
        "system.html",
        visitor=visitor,
        nav="system",
        lag=await lag(means),
        server=await store.one(connection, "server"),
        sources=await store.rows(connection, "sources"),
        version=version("attune"),
        model=None if in_force is None else models[in_force],
        before=None if in_force is None or in_force + 1 >= len(models) else models[in_force + 1],
        changes=[] if in_force is None else difference.between(models[in_force + 1 :][:1], models[in_force]),
        builds=await store.rows(connection, "builds"),
    )


async def lag(means: Means) -> dict[str, Any] | None:
    """Return per service how many messages wait, and what NATS is; None while it does not answer."""
    try:
        jetstream = means.jetstream()
        infos = {name: await jetstream.consumer_info(stream, name) for stream, name in _consumers()}
    except (Unavailable, *AWAY):
        return None
    server = means.nats.connected_server_version if means.nats else None
    spoken = f"{server.major}.{server.minor}.{server.patch}" if server else NONE
    waiting = {name: (info.num_pending or 0) + (info.num_ack_pending or 0) for name, info in infos.items()}
    return {"waiting": waiting, "version": spoken}


def _consumers() -> list[tuple[str, str]]:
    return [(stream, str(config.durable_name)) for stream, config in CONSUMERS.items()]
