"""Where past decisions come from: the log, or a CSV of events, read once and in time order."""

import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from services.cli.events_csv import Span, Touches, read_touches
from services.cli.replay import Spool
from shared.alignment.hindsight import Hindsight, Past
from shared.alignment.model import Model, default_model, parse_model
from shared.alignment.risk import PACES, Paces
from shared.errors import Refused
from shared.plumbing.models import live_model
from shared.plumbing.postgres import session
from shared.plumbing.queries import query
from shared.plumbing.settings import Settings

BLOCK = 50_000
"""Rows of the log in memory at a time."""


def past_of_csv(
    events: Path, horizon_days: float, every_days: int, paces: Paces = PACES, now: datetime | None = None
) -> Past:
    """Return the judged decisions of a file, whose events may come in any order; `ego` is the initiative.

    Given `now`, an event that cannot have happened by then is refused by its line.
    """
    numbers: dict[bytes, int] = {}
    with tempfile.TemporaryFile() as file:
        spool = Spool.fill(file, read_touches(events, numbers, None if now is None else Span.until(now)))
        egos: dict[bytes, int] = {}
        initiatives = [egos.setdefault(key.partition(b"\0")[0], len(egos)) for key in numbers]
        hindsight = Hindsight(np.array(initiatives, np.int64), horizon_days, every_days, paces)
        for touches in spool.in_order():
            hindsight.take(touches.moments, touches.relationships)
    return hindsight.past()


async def undated_in_log(chosen: Settings) -> int:
    """Return how many touches of the log are left out because they lie on 1 January 1970, as what has no date does.

    In a file they are refused by their line; nobody can mend a line of the log, and one of them would stretch the time
    that decisions are split by to half a century.
    """
    async with session(chosen.database_url.get_secret_value(), "backtest") as connection:
        return int(await connection.fetchval(query("services.cli", "undated")))


async def past_of_log(chosen: Settings, horizon_days: float, every_days: int, paces: Paces = PACES) -> Past:
    """Return the judged decisions of the log, as the model in force counts touches and the roster stands now."""
    async with session(chosen.database_url.get_secret_value(), "backtest") as connection:
        rows = await connection.fetch(query("services.cli", "relationships"))
        initiatives = np.array([row["initiative"] for row in rows], np.int64)
        hindsight = Hindsight(initiatives, horizon_days, every_days, paces)
        known = np.array([row["relationship_id"] for row in rows], np.int64)
        async for touches in logged(connection):
            hindsight.take(touches.moments, np.searchsorted(known, touches.relationships))
    return hindsight.past()


async def logged(connection: Any) -> AsyncIterator[Touches]:
    """Yield the touches of the log in time order, a block at a time from a cursor of the server."""
    # One snapshot: whoever joins a roster meanwhile is not half in it.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await connection.cursor(query("services.cli", "touches"))
        while rows := await cursor.fetch(BLOCK):
            table = np.array([tuple(row) for row in rows], np.int64)
            yield Touches(table[:, 1], table[:, 0])


async def model_in_force(chosen: Settings) -> Model:
    """Return the model that everyone reads by; the default before one was applied."""
    async with session(chosen.database_url.get_secret_value(), "backtest") as connection:
        found = await live_model(connection)
    return found[1] if found else default_model()


def model_of(path: Path) -> Model:
    """Return the model in a TOML file; raise Refused naming the file."""
    try:
        return parse_model(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not text in UTF-8: a model is TOML, see `attune model show`") from error
    except Refused as error:
        raise Refused(f"{path}: {error}") from error
