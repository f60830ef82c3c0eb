"""What a build would change, before anyone reads by it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from services.projector.alert_changes import alert_changes
from services.projector.build import Tell
from services.projector.store import PACKAGE, Connection
from shared.alignment.model import Model
from shared.plumbing.queries import query

EQUAL_TO = 1e-9
"""Sums of the same doses in another order differ by less."""

Row = dict[str, Any]


class Changes(NamedTuple):
    """What putting a candidate in force changes."""

    settings: list[Row]
    """Name, from and to of every setting that differs."""
    bands: list[Row]
    """Who reads in another band."""
    alerts: list[Row]
    """Which open alerts lose their reasons, and whose reasons come to hold."""


async def differences(connection: Connection, live: int, beside: int) -> list[Row]:
    """Return per channel how far the versions are apart at most, relative, and for how many relationships."""
    return _rows(await connection.fetch(query(PACKAGE, "largest_differences"), live, beside, EQUAL_TO))


async def changes(
    connection: Connection,
    live: tuple[int, Model],
    candidate: tuple[int, Model],
    at: datetime,
    tell: Tell,
) -> Changes:
    """Return what would change if the candidate were put in force at the moment.

    `tell` hears how many relationships more have been judged.
    """
    (live_version, was), (version, becomes) = live, candidate
    return Changes(
        changed_settings(was, becomes),
        _rows(await connection.fetch(query(PACKAGE, "band_changes"), live_version, version, at)),
        await alert_changes(connection, live, candidate, at, tell),
    )


def changed_settings(was: Model, becomes: Model) -> list[Row]:
    """Return every setting that differs, by its name in the model's file."""
    one, other = dict(_settings(was)), dict(_settings(becomes))
    return [
        {"setting": name, "from": one.get(name), "to": other.get(name)}
        for name in one | other
        if one.get(name) != other.get(name)
    ]


def _settings(model: Model) -> Iterator[tuple[str, Any]]:
    yield from _leaves("", model.model_dump(mode="json", exclude={"weights"}))
    for row in model.weights:
        name = f"weights {row.kind} {row.direction} {row.quality}"
        yield from _leaves(name + ".", row.model_dump(mode="json", exclude={"kind", "direction", "quality"}))


def _leaves(prefix: str, table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(f"{prefix}{name}.", value)
        else:
            yield prefix + name, value


def _rows(records: list[Any]) -> list[Row]:
    return [dict(record) for record in records]
