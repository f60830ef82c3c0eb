"""The statements about what stands beside the model in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from services.projector.store import PACKAGE, Connection
from shared.alignment.model import Model
from shared.plumbing.queries import query


class Build(NamedTuple):
    """One version beside the one in force."""

    version: int
    name: str
    definition: str
    started_at: datetime | None
    """None for what is only left to be cleared away."""
    done_to: int

    def is_of(self, model: Model) -> bool:
        """Say whether going on with it gives the states of this model."""
        return self.started_at is not None and orjson.loads(self.definition) == model.model_dump(mode="json")

    def sentence(self) -> str:
        """Name it for a person."""
        began = f"begun {self.started_at:%Y-%m-%d %H:%M} UTC" if self.started_at else "being cleared away"
        return f"{self.name}, version {self.version}, {began}"


async def lock(connection: Connection) -> bool:
    """Return whether builds are ours alone from now on."""
    return bool(await connection.fetchval(query(PACKAGE, "build_alone")))


async def unlock(connection: Connection) -> None:
    """Let others build."""
    await connection.execute(query(PACKAGE, "build_done"))


async def builds(connection: Connection) -> list[Build]:
    """Return whatever stands beside the model in force, the oldest first."""
    return [Build(*row) for row in await connection.fetch(query(PACKAGE, "builds"))]


async def begin(connection: Connection, version: int, at: datetime) -> None:
    """Remember that the version is being built."""
    await connection.execute(query(PACKAGE, "build_begin"), version, at)


async def end(connection: Connection, version: int) -> None:
    """Forget that the version was being built."""
    await connection.execute(query(PACKAGE, "build_end"), version)


async def next_relationships(connection: Connection, after: int, most: int) -> list[int]:
    """Return the relationships that follow, in the order in which all are gone through."""
    return [row[0] for row in await connection.fetch(query(PACKAGE, "next_relationships"), after, most)]


async def fold(connection: Connection, version: int, relationships: Sequence[int], at: datetime) -> None:
    """Make the relationships complete in the version, and remember to have come so far."""
    await connection.execute(query(PACKAGE, "build_fold"), version, at, relationships)
    await connection.execute(query(PACKAGE, "build_step"), version, relationships[-1])


async def starve(connection: Connection, version: int) -> None:
    """Let no fold feed the version any more."""
    await connection.execute(query(PACKAGE, "starve"), version)


async def clear_states(connection: Connection, version: int, relationships: Sequence[int]) -> None:
    """Remove what the version says of the relationships."""
    await connection.execute(query(PACKAGE, "clear_days"), version, relationships)
    await connection.execute(query(PACKAGE, "clear_states"), version, relationships)


async def clear(connection: Connection, version: int) -> None:
    """Remove what is left of the version; a model that was in force once stays known."""
    await connection.execute(query(PACKAGE, "clear_numbers"), version)
    await connection.execute(query(PACKAGE, "clear_model"), version)
