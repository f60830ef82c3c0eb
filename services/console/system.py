"""How far everything has come, and by which rules; for pages and API alike."""

from importlib.metadata import version
from typing import Any, NamedTuple

from services.console import difference, store
from services.console.difference import Change
from services.console.means import AWAY, Means
from services.console.store import Row
from services.console.wording import NONE
from shared.errors import Unavailable
from shared.plumbing.jetstream import CONSUMERS


class Lag(NamedTuple):
    """How many messages wait for each service, and the version of NATS."""

    waiting: dict[str, int]
    version: str


class System(NamedTuple):
    """What runs here."""

    version: str
    server: Row
    """What Postgres says about itself, and how many relationships there are."""
    touchpoints: int
    lag: Lag | None
    """None while NATS does not answer."""
    model: Row | None
    """The one in force."""
    before: Row | None
    changes: list[Change]
    """What the model says otherwise than the one before it."""
    builds: list[Row]


async def told(connection: Any, means: Means) -> System:
    """Return how everything is."""
    models = await store.rows(connection, "models")
    in_force = next((at for at, model in enumerate(models) if model["is_in_force"]), None)
    model = None if in_force is None else models[in_force]
    before = None if in_force is None or in_force + 1 >= len(models) else models[in_force + 1]
    return System(
        version("attune"),
        await store.one(connection, "server") or {},
        sum(row["touchpoints"] for row in await store.rows(connection, "sources")),
        await lag(means),
        model,
        before,
        difference.between([before], model) if before and model else [],
        await store.rows(connection, "builds"),
    )


async def lag(means: Means) -> Lag | None:
    """Return how much waits; None while NATS does not answer."""
    try:
        jetstream = means.jetstream()
        infos = {name: await jetstream.consumer_info(stream, name) for stream, name in _consumers()}
    except (Unavailable, *AWAY):
        return None
    server = means.nats.connected_server_version if means.nats else None
    waiting = {name: (info.num_pending or 0) + (info.num_ack_pending or 0) for name, info in infos.items()}
    return Lag(waiting, f"{server.major}.{server.minor}.{server.patch}" if server else NONE)


def _consumers() -> list[tuple[str, str]]:
    return [(stream, str(config.durable_name)) for stream, config in CONSUMERS.items()]
