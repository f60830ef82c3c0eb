"""How an initiative's coverage stands, as of the last refresh, for pages and API alike."""

from datetime import datetime
from typing import Any, NamedTuple

from services.console import store
from services.console.store import Row

SHOWN = 50
"""Of those who fall short, hang on one of us or were never met: the ones who matter most."""


class Coverage(NamedTuple):
    """What is told of one initiative."""

    cells: list[Row]
    """One function at one level."""
    organisation: list[Row]
    """Functions, levels, and the whole."""
    trend: list[Row]
    desired: list[Row]
    """How many stand how against how they are desired to."""
    falls_short: list[Row]
    single_threaded: list[Row]
    """Whom one of us alone has touched; each row says how many there are among how many."""
    never_met: list[Row]


async def of(connection: Any, initiative: str, now: datetime) -> Coverage:
    """Return the coverage of one initiative; nothing of it where there is none."""
    return Coverage(
        await store.rows(connection, "coverage", initiative),
        await store.rows(connection, "organisation", initiative),
        await store.rows(connection, "moved", initiative, now),
        await store.rows(connection, "desired", initiative),
        await store.rows(connection, "falls_short", initiative, SHOWN),
        await store.rows(connection, "single_threaded", initiative),
        await store.rows(connection, "never_met", initiative, SHOWN),
    )
